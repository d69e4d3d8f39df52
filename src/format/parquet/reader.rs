//! How the engine's Parquet reader gets at a file's bytes: through a store that is pinned to one version of it, with errors
//! that still say what happened. The engine's own makes a mere text of them.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::{DataFusionError, HashMap, Result as DfResult};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::execution::cache::cache_manager::{CachedFileMetadataEntry, FileMetadata, FileMetadataCache};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{GetOptions, ObjectMeta, ObjectStore};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};

use crate::error::Error;
use crate::store::{PinnedStore, RangeReader, ours};

/// Readers of the files in one store.
#[derive(Debug)]
pub(super) struct PinnedReaders {
    pub(super) store: Arc<PinnedStore>,
    /// What plans know the store as.
    pub(super) url: ObjectStoreUrl,
    /// Footers that were read, of the files of all stores.
    pub(super) footers: Arc<FileMetadataCache>,
}

impl ParquetFileReaderFactory for PinnedReaders {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _footer_size: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> DfResult<Box<dyn AsyncFileReader + Send>> {
        Ok(Box::new(PinnedReader {
            store: Arc::clone(&self.store),
            key: Path::from(format!("{}{}", self.url.as_str(), file.object_meta.location)),
            meta: file.object_meta,
            parts: None,
            footers: Arc::clone(&self.footers),
        }))
    }
}

/// A reader of one file.
struct PinnedReader {
    store: Arc<PinnedStore>,
    meta: ObjectMeta,
    key: Path,
    /// The file, once something of it was read.
    parts: Option<RangeReader>,
    footers: Arc<FileMetadataCache>,
}

impl PinnedReader {
    async fn read(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let parts = match self.parts.take() {
            Some(parts) => parts,
            None => self.store.reader(&self.meta.location).map_err(failed)?,
        };
        self.parts.insert(parts).read(ranges).await.map_err(failed)
    }

    /// The footer. One that was read before is good for as long as the file is that version: a query may need nothing
    /// else of it.
    async fn footer(&self, pages: PageIndexPolicy) -> DfResult<Arc<ParquetMetaData>> {
        if let Some(footer) = self.known(pages) {
            let asked = GetOptions::new().with_head(true);
            self.store.get_opts(&self.meta.location, asked).await?;
            return Ok(footer);
        }
        let footer = DFParquetMetadata::new(self.store.as_ref(), &self.meta)
            .with_page_index_policy(Some(pages))
            .fetch_metadata()
            .await?;
        let kept = Arc::new(Footer {
            metadata: Arc::clone(&footer),
            pages,
        });
        let entry = CachedFileMetadataEntry::new(self.meta.clone(), kept);
        drop(self.footers.put(&self.key, entry));
        Ok(footer)
    }

    fn known(&self, pages: PageIndexPolicy) -> Option<Arc<ParquetMetaData>> {
        let entry = self.footers.get(&self.key)?;
        let is_same = entry.is_valid_for(&self.meta) && entry.meta.e_tag == self.meta.e_tag;
        let footer = entry.file_metadata.as_any().downcast_ref::<Footer>()?;
        let is_all = footer.pages == pages || pages == PageIndexPolicy::Skip;
        (is_same && is_all).then(|| Arc::clone(&footer.metadata))
    }
}

/// A footer that was read, with what it says of pages if it was read for that: many files say only a part of it, or nothing.
struct Footer {
    metadata: Arc<ParquetMetaData>,
    pages: PageIndexPolicy,
}

impl FileMetadata for Footer {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn memory_size(&self) -> usize {
        self.metadata.memory_size()
    }

    fn extra_info(&self) -> HashMap<String, String> {
        HashMap::default()
    }
}

impl AsyncFileReader for PinnedReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move {
            let mut parts = self.read(&[range]).await?;
            Ok(parts.pop().unwrap_or_default())
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move { self.read(&ranges).await }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        let pages = options.map_or(PageIndexPolicy::Skip, ArrowReaderOptions::column_index_policy);
        async move {
            let footer = self.footer(pages).await;
            footer.map_err(|error| unreadable(&self.meta, error))
        }
        .boxed()
    }
}

/// A footer that the store gave and nobody understands is damaged.
fn unreadable(meta: &ObjectMeta, error: DataFusionError) -> ParquetError {
    if ours(&error).is_some() {
        return failed(error);
    }
    let name = &meta.location;
    failed(
        Error::bad_data(format!(
            "file '{name}' is damaged: it is no Parquet file that can be read"
        ))
        .with_source(error),
    )
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> ParquetError {
    ParquetError::External(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use datafusion::execution::runtime_env::RuntimeEnv;
    use datafusion::object_store::ObjectStoreExt;
    use datafusion::object_store::memory::InMemory;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};

    async fn readers(properties: WriterPropertiesBuilder) -> (PinnedReaders, ObjectMeta) {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        let (store, location) = (InMemory::new(), Path::from("f.parquet"));
        store.put(&location, writer.into_inner().unwrap().into()).await.unwrap();
        let meta = store.head(&location).await.unwrap();
        let readers = PinnedReaders {
            store: Arc::new(PinnedStore::new(Arc::new(store), [&meta])),
            url: ObjectStoreUrl::local_filesystem(),
            footers: RuntimeEnv::default().cache_manager.get_file_metadata_cache(),
        };
        (readers, meta)
    }

    fn reader(readers: &PinnedReaders, meta: &ObjectMeta) -> PinnedReader {
        PinnedReader {
            store: Arc::clone(&readers.store),
            key: Path::from(meta.location.to_string()),
            meta: meta.clone(),
            parts: None,
            footers: Arc::clone(&readers.footers),
        }
    }

    #[tokio::test]
    async fn a_footer_is_read_once_whatever_it_says_of_pages() {
        let properties = || WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None);
        for (properties, says_pages) in [
            (WriterProperties::builder(), true),
            // As most writers do.
            (properties().set_offset_index_disabled(true), false),
        ] {
            let (readers, meta) = readers(properties).await;
            let read = async |pages| reader(&readers, &meta).footer(pages).await.unwrap();
            assert!(read(PageIndexPolicy::Skip).await.offset_index().is_none());
            let with = read(PageIndexPolicy::Optional).await;
            assert_eq!(with.offset_index().is_some(), says_pages);
            for pages in [PageIndexPolicy::Optional, PageIndexPolicy::Skip] {
                assert!(Arc::ptr_eq(&with, &read(pages).await), "{pages:?}");
            }
        }
    }
}
