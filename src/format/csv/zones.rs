//! The parts of a file between places where records start, and what they hold: which of them a filter can do without.

use std::collections::{HashMap, HashSet};
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::physical_expr_common::physical_expr::snapshot_generation;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::metrics::Count;
use flightstream_csv::{Bound, ColumnType, CsvProfile, Extent, Lineage};

/// The most zones of a file: more are joined, two and two, so that what is known of a file stays small beside it.
const MOST_ZONES: usize = 1024;

/// The most extents of a file, of all columns together, for the same reason.
const MOST_EXTENTS: usize = 64 << 10;

/// A file that is not twice as large has no use for zones: to read it costs less than to think about them.
const LEAST_BYTES: u64 = 128 << 10;

/// A place in a file where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Boundary {
    /// Offset of the record's first byte.
    pub(super) offset: u64,
    /// The line, counted from 1, that the byte is on.
    pub(super) line: u64,
    /// How many records come before it; blank lines, comments and the header are not counted.
    pub(super) record: u64,
}

/// Gathers what a pass over a file finds, chunk by chunk, in file order.
#[derive(Debug)]
pub(super) struct ZonesBuilder {
    starts: Vec<Boundary>,
    zones: Vec<Zone>,
    most: usize,
    /// How many chunks make a zone.
    chunks: usize,
    /// How many chunks the last zone has.
    last: usize,
}

#[derive(Debug)]
struct Zone {
    start: Boundary,
    rows: u64,
    extents: Vec<Option<Extent>>,
}

impl Zone {
    fn join(&mut self, next: Zone) {
        self.rows += next.rows;
        for (mine, theirs) in self.extents.iter_mut().zip(next.extents) {
            *mine = mine.zip(theirs).map(|(mine, theirs)| mine.join(theirs));
        }
    }
}

impl ZonesBuilder {
    /// For a file of so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            starts: Vec::new(),
            zones: Vec::new(),
            most: (MOST_EXTENTS / columns.max(1)).clamp(16, MOST_ZONES),
            chunks: 1,
            last: 0,
        }
    }

    /// Takes in the chunk of the file from `start` on.
    pub(super) fn push(&mut self, start: Boundary, rows: u64, extents: Vec<Option<Extent>>) {
        self.starts.push(start);
        let zone = Zone { start, rows, extents };
        match self.zones.last_mut() {
            Some(last) if self.last < self.chunks => {
                last.join(zone);
                self.last += 1;
            }
            _ => {
                if self.zones.len() == self.most {
                    self.halve();
                }
                self.zones.push(zone);
                self.last = 1;
            }
        }
    }

    fn halve(&mut self) {
        let mut halved: Vec<Zone> = Vec::with_capacity(self.most);
        for (index, zone) in self.zones.drain(..).enumerate() {
            match halved.last_mut() {
                Some(last) if index % 2 == 1 => last.join(zone),
                _ => halved.push(zone),
            }
        }
        self.zones = halved;
        self.chunks *= 2;
    }

    /// The zones of a file of `size` bytes that was read as `promised` and is as `profile` says.
    ///
    /// # Errors
    /// When bounds are no values of their column, which is a bug.
    pub(super) fn finish(self, size: u64, promised: &CsvProfile, profile: &CsvProfile) -> Result<Zones> {
        let Self {
            zones, starts: chunks, ..
        } = self;
        let mut columns = HashMap::new();
        if size >= 2 * LEAST_BYTES && zones.len() > 1 {
            // Extents are those of the promise, and of no use for a column that turned out to be another.
            let pairs = promised.columns.iter().zip(&profile.columns).enumerate();
            let kept = pairs.filter(|(_, (was, is))| {
                (was.kind, was.notation.with_null_words()) == (is.kind, is.notation.with_null_words())
            });
            for (index, (_, column)) in kept {
                let extents = || zones.iter().map(|zone| zone.extents[index]);
                if extents().any(|extent| extent.is_some()) {
                    columns.insert(column.name.clone(), Extents::new(column.kind, extents)?);
                }
            }
        }
        let starts: Vec<Boundary> = zones.iter().map(|zone| zone.start).collect();
        let names = profile.wide_schema();
        let lineage = names.fields().iter().skip(profile.columns.len()).zip(Lineage::ALL);
        let places = lineage.filter_map(|(field, lineage)| Some((field.name().clone(), places(lineage, &starts)?)));
        columns.extend(places);
        Ok(Zones {
            rows: UInt64Array::from_iter_values(zones.iter().map(|zone| zone.rows)),
            starts,
            chunks,
            size,
            columns,
        })
    }
}

/// What a column holds, zone by zone; NULL where nobody can tell.
#[derive(Debug)]
struct Extents {
    least: ArrayRef,
    greatest: ArrayRef,
    nulls: Option<ArrayRef>,
}

impl Extents {
    fn new<I: Iterator<Item = Option<Extent>>>(kind: ColumnType, extents: impl Fn() -> I) -> Result<Self> {
        let none = ScalarValue::try_from(&kind.data_type())?;
        let array = |bound: fn((Bound, Bound)) -> Bound| {
            let values = extents().map(|extent| match extent.and_then(|extent| extent.bounds) {
                Some(bounds) => ScalarValue::try_from_array(&bound(bounds).to_array(kind), 0),
                None => Ok(none.clone()),
            });
            ScalarValue::iter_to_array(values.collect::<Result<Vec<_>>>()?)
        };
        let nulls = extents().map(|extent| extent.map(|extent| extent.nulls));
        Ok(Self {
            least: array(|(least, _)| least)?,
            greatest: array(|(_, greatest)| greatest)?,
            nulls: Some(Arc::new(nulls.collect::<UInt64Array>())),
        })
    }
}

/// From where to where each zone goes, as a column tells it that says where rows come from. Nobody counts how far the last
/// one goes.
fn places(lineage: Lineage, starts: &[Boundary]) -> Option<Extents> {
    let (at, first): (fn(&Boundary) -> u64, u64) = match lineage {
        Lineage::File => return None,
        Lineage::Line => (|start| start.line, 0),
        // Records are counted from 1.
        Lineage::Record => (|start| start.record, 1),
        Lineage::Offset => (|start| start.offset, 0),
    };
    let number = |number: u64| i64::try_from(number).ok();
    let least = starts.iter().map(|start| number(at(start) + first));
    let greatest = starts.iter().skip(1).map(|next| number(at(next)));
    Some(Extents {
        least: Arc::new(least.collect::<Int64Array>()),
        greatest: Arc::new(greatest.chain([None]).take(starts.len()).collect::<Int64Array>()),
        nulls: None,
    })
}

/// The parts of a file, in file order; none of a file where nobody knows where records start.
#[derive(Debug)]
pub(super) struct Zones {
    starts: Vec<Boundary>,
    /// Where the chunks start that they are made of: one or more each, as large as they are decoded.
    chunks: Vec<Boundary>,
    /// Where the last one ends.
    size: u64,
    rows: UInt64Array,
    columns: HashMap<String, Extents>,
}

impl Default for Zones {
    fn default() -> Self {
        Self {
            starts: Vec::new(),
            chunks: Vec::new(),
            size: 0,
            rows: UInt64Array::from_iter_values([]),
            columns: HashMap::new(),
        }
    }
}

impl Zones {
    /// Where they start.
    pub(super) fn starts(&self) -> &[Boundary] {
        &self.starts
    }

    /// The chunks of some zones, by their numbers.
    pub(super) fn chunks(&self, zones: Range<usize>) -> Range<usize> {
        let first = |zone: usize| match self.starts.get(zone) {
            Some(start) => self.chunks.partition_point(|chunk| chunk.offset < start.offset),
            None => self.chunks.len(),
        };
        first(zones.start)..first(zones.end)
    }

    /// Where a chunk starts, and the byte at which it ends.
    pub(super) fn chunk(&self, chunk: usize) -> (Boundary, u64) {
        let end = self.chunks.get(chunk + 1).map_or(self.size, |next| next.offset);
        (self.chunks[chunk], end)
    }

    /// The chunks of these numbers, in order, neighbours together that have at most so many bytes: at first the start of
    /// `sizes`, and then twice as many each time, up to its end.
    pub(super) fn joined(
        self: &Arc<Self>,
        chunks: Range<usize>,
        sizes: Range<u64>,
    ) -> impl Iterator<Item = Range<usize>> + Clone + Send + 'static {
        let zones = Arc::clone(self);
        let targets = iter::successors(Some(sizes.start), move |size| Some(sizes.end.min(2 * size)));
        targets.scan(chunks, move |left, target| {
            let start = left.clone().next()?;
            let most = zones.chunk(start).0.offset + target;
            let more = left.clone().skip(1).take_while(|&chunk| zones.chunk(chunk).1 <= most);
            left.start = start + 1 + more.count();
            Some(start..left.start)
        })
    }

    /// Which zones may hold a row for which `predicate`, over the columns of `schema`, is true; all if it does not tell.
    fn kept(&self, predicate: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Vec<bool> {
        let pruning = PruningPredicateBuilder::new()
            .with_file_schema(Arc::clone(schema))
            .try_build(Arc::clone(predicate));
        // What cannot be evaluated prunes nothing: the filter above sees every row in any case.
        pruning
            .and_then(|pruning| pruning.prune(self))
            .unwrap_or_else(|_| vec![true; self.starts.len()])
    }
}

impl PruningStatistics for Zones {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(Arc::clone(&self.columns.get(&column.name)?.least))
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(Arc::clone(&self.columns.get(&column.name)?.greatest))
    }

    fn num_containers(&self) -> usize {
        self.starts.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        self.columns.get(&column.name)?.nulls.clone()
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.rows.clone()))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The zones that a scan reads, run by run: neighbours that are kept are read as one.
#[derive(Debug)]
pub(super) struct Runs {
    zones: Arc<Zones>,
    /// The zones that are still to come.
    left: Range<usize>,
    filter: Option<Filter>,
    skipped: Count,
}

/// A filter, and what it was when it was last asked.
#[derive(Debug)]
struct Filter {
    predicate: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// Changes with the predicate, if that learns while the query runs; 0 if it does not.
    generation: u64,
    kept: Vec<bool>,
}

impl Filter {
    fn keeps(&self, zone: usize) -> bool {
        self.kept.get(zone) != Some(&false)
    }

    /// Asks again if the predicate has learnt something.
    fn renew(&mut self, zones: &Zones) {
        let generation = snapshot_generation(&self.predicate);
        if generation != self.generation || self.kept.is_empty() {
            self.generation = generation;
            self.kept = zones.kept(&self.predicate, &self.schema);
        }
    }
}

/// How many zones are read as one while a predicate may still learn.
const PATIENCE: usize = 4;

impl Runs {
    /// The zones of `wanted` that may hold a row for which `predicate`, over the columns of `schema`, is true. `skipped`
    /// counts the others.
    pub(super) fn new(
        zones: Arc<Zones>,
        wanted: Range<usize>,
        predicate: Option<(Arc<dyn PhysicalExpr>, SchemaRef)>,
        skipped: Count,
    ) -> Self {
        let filter = predicate.map(|(predicate, schema)| Filter {
            predicate,
            schema,
            generation: 0,
            kept: Vec::new(),
        });
        Self {
            zones,
            left: wanted,
            filter,
            skipped,
        }
    }
}

impl Iterator for Runs {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let Some(filter) = &mut self.filter else {
            let run = self.left.clone();
            self.left.start = self.left.end;
            return (!run.is_empty()).then_some(run);
        };
        filter.renew(&self.zones);
        let most = if filter.generation == 0 { usize::MAX } else { PATIENCE };
        let start = self.left.clone().find(|&zone| filter.keeps(zone));
        let start = start.unwrap_or(self.left.end);
        self.skipped.add(start - self.left.start);
        let run = (start..self.left.end).take_while(|&zone| filter.keeps(zone)).take(most);
        let end = start + run.count();
        self.left.start = end;
        (start < end).then_some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{binary, col, lit};
    use flightstream_csv::{Overrides, Sample, infer};

    /// A file of one column of whole numbers: chunk `n` holds `n` ten times, or NULL.
    fn zones(chunks: u64, is_null: fn(u64) -> bool) -> (Zones, SchemaRef) {
        let sample = Sample {
            head: b"n\n1\n2\n",
            blocks: vec![],
            complete: true,
        };
        let profile = infer(&sample, &Overrides::default());
        let mut builder = ZonesBuilder::new(1);
        for chunk in 0..chunks {
            let start = Boundary {
                offset: chunk * 1000,
                line: chunk * 10 + 2,
                record: chunk * 10,
            };
            let value = Bound::Whole(i128::from(chunk));
            let extent = match is_null(chunk) {
                true => Extent {
                    nulls: 10,
                    bounds: None,
                },
                false => Extent {
                    nulls: 0,
                    bounds: Some((value, value)),
                },
            };
            builder.push(start, 10, vec![Some(extent)]);
        }
        let zones = builder.finish(chunks * 1000, &profile, &profile).unwrap();
        (zones, profile.wide_schema())
    }

    fn kept(zones: &Zones, schema: &SchemaRef, column: &str, operator: Operator, value: i64) -> Vec<usize> {
        let predicate = binary(col(column, schema).unwrap(), operator, lit(value), schema).unwrap();
        let kept = zones.kept(&predicate, schema);
        (0..kept.len()).filter(|&zone| kept[zone]).collect()
    }

    #[test]
    fn neighbours_are_joined_when_there_are_too_many() {
        let (zones, schema) = zones(5000, |_| false);
        assert_eq!(zones.starts().len(), 625);
        assert_eq!(zones.rows.values().iter().sum::<u64>(), 50_000);
        assert_eq!(zones.starts()[1].offset, 8000);
        assert_eq!((zones.chunks(0..1), zones.chunks(624..625)), (0..8, 4992..5000));
        let (start, end) = zones.chunk(4999);
        assert_eq!((start.offset, end), (4_999_000, 5_000_000));
        assert_eq!(kept(&zones, &schema, "n", Operator::Eq, 4999), [624]);
        assert_eq!(kept(&zones, &schema, "n", Operator::Lt, 9), [0, 1]);
        assert_eq!(kept(&zones, &schema, "_record", Operator::Eq, 81), [1]);
    }

    #[test]
    fn small_neighbours_are_read_as_one() {
        let (zones, _) = zones(20, |_| false);
        let zones = Arc::new(zones);
        let joined = |chunks, sizes| {
            let joined = zones.joined(chunks, sizes);
            joined.map(|chunks| (chunks.start, chunks.end)).collect::<Vec<_>>()
        };
        assert_eq!(joined(0..20, 2000..8000), [(0, 2), (2, 6), (6, 14), (14, 20)]);
        assert_eq!(joined(3..7, 2999..3000), [(3, 5), (5, 7)]);
        assert_eq!(
            joined(18..20, 10..10),
            [(18, 19), (19, 20)],
            "larger chunks stay as they are"
        );
        assert_eq!(joined(5..5, 10..10), []);
    }

    #[test]
    fn what_nobody_knows_is_kept() {
        let (zones, schema) = zones(300, |chunk| chunk < 3);
        assert_eq!(kept(&zones, &schema, "n", Operator::Lt, 5), [3, 4]);
        assert_eq!(
            kept(&zones, &schema, "_file", Operator::Eq, 5),
            (0..300).collect::<Vec<_>>()
        );
        let of_last_line = kept(&zones, &schema, "_line", Operator::Gt, 1_000_000);
        assert_eq!(of_last_line, [299], "nobody counts how far the last zone goes");
    }

    #[test]
    fn runs_of_zones_that_are_kept() {
        let (zones, schema) = zones(300, |_| false);
        let zones = Arc::new(zones);
        let runs = |predicate: Option<Arc<dyn PhysicalExpr>>, wanted: Range<usize>| {
            let skipped = Count::new();
            let predicate = predicate.map(|predicate| (predicate, Arc::clone(&schema)));
            let runs = Runs::new(Arc::clone(&zones), wanted, predicate, skipped.clone());
            let runs: Vec<_> = runs.map(|run| (run.start, run.end)).collect();
            (runs, skipped.value())
        };
        assert_eq!(runs(None, 5..300), (vec![(5, 300)], 0));
        assert_eq!(runs(None, 5..5), (vec![], 0));
        let n = col("n", &schema).unwrap();
        let below = binary(Arc::clone(&n), Operator::Lt, lit(10i64), &schema).unwrap();
        let above = binary(n, Operator::GtEq, lit(298i64), &schema).unwrap();
        let either = binary(Arc::clone(&below), Operator::Or, above, &schema).unwrap();
        assert_eq!(runs(Some(either), 5..300), (vec![(5, 10), (298, 300)], 288));
        assert_eq!(runs(Some(below), 20..40), (vec![], 20));
    }
}
