//! DoPut: statements that change data, parameters of prepared statements, and data for a table. One reply each; a
//! statement is answered without waiting for the end of the upload, since C++ and Java clients wait for the answer first.

use arrow::record_batch::RecordBatch;
use arrow_flight::sql::{
    Command, CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementUpdate,
    DoPutPreparedStatementResult, DoPutUpdateResult,
};
use arrow_flight::{FlightData, FlightDescriptor, PutResult};
use futures::{Stream, StreamExt, stream};
use prost::Message;
use tonic::Status;

use super::descriptor::{no_transactions, sql_command};
use super::upload::{Batches, Upload};
use super::{FlightGateway, ReplyStream};
use crate::engine::{SqlQuery, parameters};
use crate::error::{Error, Result};
use crate::request::RequestContext;
use crate::session::{MAX_PARAMETER_BYTES, Prepared, StatementText};

/// The most that the parameters of a statement take that is executed once for each row of them. They are not kept.
const MAX_UPDATE_BYTES: usize = 1 << 30;

impl FlightGateway {
    pub(super) async fn put(
        &self,
        messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
        context: &RequestContext,
    ) -> Result<ReplyStream<PutResult>> {
        let upload = Upload::open(messages).await?;
        let reply = self.put_upload(upload, context).await?;
        let reply = PutResult {
            app_metadata: reply.into(),
        };
        Ok(stream::iter([Ok(reply)]).boxed())
    }

    async fn put_upload(&self, upload: Upload, context: &RequestContext) -> Result<Vec<u8>> {
        if let Some(target) = self.path_target(&upload, context)? {
            let count = self.ingest(target, upload.batches(), context).await?;
            return Ok(counted(count));
        }
        match command(&upload.descriptor)? {
            Command::CommandStatementUpdate(command) => self.update(command, context).await.map(counted),
            Command::CommandStatementIngest(command) => {
                let target = self.ingest_target(command, context)?;
                self.ingest(target, upload.batches(), context).await.map(counted)
            }
            Command::CommandPreparedStatementUpdate(command) => self
                .update_prepared(command, upload.batches(), context)
                .await
                .map(counted),
            Command::CommandPreparedStatementQuery(command) => self.bind(command, upload.batches()).await,
            other => Err(Error::invalid(format!(
                "{} is not a command that takes an upload",
                other.type_url().rsplit(['.', '/']).next().unwrap_or_default()
            ))),
        }
    }

    async fn update(&self, command: CommandStatementUpdate, context: &RequestContext) -> Result<u64> {
        if command.transaction_id.is_some() {
            return Err(no_transactions());
        }
        let query = SqlQuery {
            text: command.query,
            parameters: None,
        };
        self.engine.change(context, query, self.plan_options(context)).await
    }

    async fn update_prepared(
        &self,
        command: CommandPreparedStatementUpdate,
        batches: Batches,
        context: &RequestContext,
    ) -> Result<u64> {
        let prepared = self.front.prepared.get(&command.prepared_statement_handle)?;
        let StatementText::Sql(text) = &prepared.statement else {
            return Err(Error::invalid("a Substrait plan reads: execute it as a query"));
        };
        // Nothing sent means what was bound before, if anything was.
        let sent = self.parameters(batches, &prepared, MAX_UPDATE_BYTES).await?;
        let parameters = sent.or_else(|| prepared.bound());
        let query = SqlQuery {
            text: text.to_string(),
            parameters,
        };
        self.engine.change(context, query, self.plan_options(context)).await
    }

    /// The parameters of a statement that were sent, of at most `limit` bytes, in its types.
    async fn parameters(&self, batches: Batches, prepared: &Prepared, limit: usize) -> Result<Option<RecordBatch>> {
        let declared = prepared.parameters.clone();
        let work = move |batches: Batches| async move {
            let sent = batches.collect(limit).await?;
            sent.map(|sent| parameters::rows(&sent, &declared)).transpose()
        };
        batches.on(self.engine.runtime(), work).await
    }

    async fn bind(&self, command: CommandPreparedStatementQuery, batches: Batches) -> Result<Vec<u8>> {
        let handle = command.prepared_statement_handle;
        let prepared = self.front.prepared.get(&handle)?;
        if let Some(rows) = self.parameters(batches, &prepared, MAX_PARAMETER_BYTES).await? {
            self.front.prepared.bind(&handle, rows)?;
        }
        let result = DoPutPreparedStatementResult {
            // The same: the Java client goes on with the field of the reply, and closes the original.
            prepared_statement_handle: Some(handle),
        };
        Ok(result.encode_to_vec())
    }
}

fn command(descriptor: &FlightDescriptor) -> Result<Command> {
    sql_command(&descriptor.cmd)?.ok_or_else(|| {
        Error::invalid("the upload's descriptor is neither a path, which names a table, nor a Flight SQL command")
    })
}

/// The reply to a statement: never -1, for which a JDBC driver would run the statement again.
fn counted(count: u64) -> Vec<u8> {
    let result = DoPutUpdateResult {
        record_count: i64::try_from(count).unwrap_or(i64::MAX),
    };
    result.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Open;
    use crate::config::{Config, Limits, WritablePlace};
    use crate::engine::Engine;
    use crate::error::ErrorKind;
    use crate::request::Front;
    use arrow::array::{ArrayRef, Int64Array, StringArray};
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use bytes::Bytes;
    use futures::{FutureExt, TryStreamExt};
    use parking_lot::Mutex;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tokio_util::sync::CancellationToken;

    const SOON: Duration = Duration::from_secs(30);

    /// The names of threads.
    type Threads = Arc<Mutex<Vec<String>>>;

    /// Bytes that say where they are dropped.
    struct Witness(Bytes, Threads);

    impl AsRef<[u8]> for Witness {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl Drop for Witness {
        fn drop(&mut self) {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            self.1.lock().push(name);
        }
    }

    fn gateway(folder: &tempfile::TempDir) -> FlightGateway {
        let config = Config {
            locations: vec![folder.path().join("files")],
            writable: Some(WritablePlace::Folder(folder.path().join("tables"))),
            ..Config::default()
        };
        for name in ["files", "tables"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let limits = Limits::default();
        let front = Front::new(
            Arc::new(Open),
            limits,
            CancellationToken::new(),
            CancellationToken::new(),
        );
        FlightGateway::new(Engine::new(&config).unwrap(), front, limits)
    }

    fn batch(rows: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|row| row.to_string())));
        RecordBatch::try_from_iter([("n", numbers), ("s", texts)]).unwrap()
    }

    /// An upload to the path `t`, whose bytes say where they are dropped.
    async fn upload(batches: Vec<RecordBatch>, threads: &Threads) -> Vec<FlightData> {
        let schema = batches[0].schema();
        #[expect(clippy::disallowed_methods, reason = "a client encodes too")]
        let encoder = FlightDataEncoderBuilder::new()
            .with_schema(schema)
            .with_flight_descriptor(Some(FlightDescriptor::new_path(vec!["t".into()])));
        let messages = encoder.build(stream::iter(batches.into_iter().map(Ok)));
        let messages: Vec<_> = messages.try_collect().await.unwrap();
        let witnessed = messages.into_iter().map(|mut message| {
            if !message.data_body.is_empty() {
                message.data_body = Bytes::from_owner(Witness(message.data_body, Arc::clone(threads)));
            }
            message
        });
        witnessed.collect()
    }

    #[tokio::test]
    async fn an_upload_is_decoded_and_written_on_the_query_runtime() {
        let folder = tempfile::tempdir().unwrap();
        let (gateway, threads, here) = (gateway(&folder), Threads::default(), std::thread::current().id());
        let messages = upload(vec![batch(1000), batch(2000), batch(3)], &threads).await;
        let messages = stream::iter(messages.into_iter().map(Ok));
        let messages = messages.inspect(move |_| assert_eq!(std::thread::current().id(), here));
        drop(gateway.put(messages, &RequestContext::of_server()).await.unwrap());
        assert_eq!(*threads.lock(), ["query"; 3]);
        let rows = gateway.engine.snapshot().get("t").unwrap().rows();
        assert_eq!(rows, Some(3003));
    }

    #[tokio::test]
    async fn an_upload_that_cannot_be_written_is_refused_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let (gateway, threads) = (gateway(&folder), Threads::default());
        let mut messages = upload(vec![batch(10)], &threads).await;
        messages[1].data_body = Bytes::from_static(&[0; 3]);
        let messages = stream::iter(messages.into_iter().map(Ok)).chain(stream::pending());
        let refused = tokio::time::timeout(SOON, gateway.put(messages, &RequestContext::of_server())).await;
        let refused = refused.unwrap().map(drop).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Invalid);
        assert!(gateway.engine.snapshot().get("t").is_none());
    }

    #[tokio::test]
    async fn an_upload_that_its_client_leaves_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (gateway, threads) = (gateway(&folder), Threads::default());
        let messages = upload(vec![batch(1000)], &threads).await;
        let (sent, mut all_sent) = oneshot::channel();
        let more = stream::once(async move {
            let _ = sent.send(());
        })
        .then(|()| futures::future::pending());
        let messages = stream::iter(messages.into_iter().map(Ok)).chain(more);
        let context = RequestContext::of_server();
        let mut put = gateway.put(messages, &context).boxed();
        tokio::select! {
            _ = &mut put => panic!("its end has not come"),
            sent = tokio::time::timeout(SOON, &mut all_sent) => sent.unwrap().unwrap(),
        }
        drop(put);
        let left = tokio::time::timeout(SOON, async {
            // What the writer had begun is removed when the work is.
            while written(&folder) > 0 {
                tokio::task::yield_now().await;
            }
        });
        left.await.expect("the work goes on");
        assert!(gateway.engine.snapshot().get("t").is_none());
    }

    /// Files of rows in the writable folder.
    fn written(folder: &tempfile::TempDir) -> usize {
        let mut folders = vec![folder.path().join("tables")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if entry.path().extension().is_some_and(|suffix| suffix == "parquet") {
                    files += 1;
                }
            }
        }
        files
    }
}
