//! Scans of a union take turns. The engine opens all that a union is made of at once, each with its own reads and buffers:
//! `UNION ALL` of 500 files would be 500 open files and as many threads. Of a union of many as many are open as there are
//! cores.

use std::ops::Range;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
    ReplaceChildrenOptions, SendableRecordBatchStream,
};
use futures::{TryStreamExt, stream};

use crate::cores::cores;

/// A union of so many has all of them open at once, as the engine does it.
const FEW: usize = 32;

/// The rows of a union in as many partitions as there are cores; each gives those of some of the union's, one after another.
#[derive(Debug)]
pub(in crate::engine) struct TurnsExec {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl TurnsExec {
    /// Whether what this node is made of should take turns: it is a union of many, and their order is of no use to anybody.
    /// Each must be one stream: partitions of one input may have to be read side by side, as each holds up the others.
    pub(in crate::engine) fn suits(node: &Arc<dyn ExecutionPlan>) -> bool {
        let mut inputs = node.children().into_iter();
        node.is::<UnionExec>()
            && node.output_ordering().is_none()
            && partitions(node) > FEW
            && inputs.all(|input| partitions(input) == 1)
    }

    pub(in crate::engine) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let count = partitions(&input).min(cores());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(count),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self {
            input,
            properties: Arc::new(properties),
        }
    }

    /// The partitions of the input that one of the output's is made of.
    fn turns(&self, partition: usize) -> Range<usize> {
        let (all, count) = (partitions(&self.input), self.properties.partitioning.partition_count());
        all * partition / count..all * (partition + 1) / count
    }
}

fn partitions(node: &Arc<dyn ExecutionPlan>) -> usize {
    node.output_partitioning().partition_count()
}

impl DisplayAs for TurnsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "TurnsExec: partitions={}",
            self.properties.partitioning.partition_count()
        )
    }
}

// Not every method is handed on to the input: as of `ThroughExec`, and the partitions here are others than the input's.
impl ExecutionPlan for TurnsExec {
    fn name(&self) -> &'static str {
        "TurnsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.pop()) {
            (Some(input), None) => Ok(Arc::new(Self::new(input))),
            _ => internal_err!("TurnsExec has one input"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = Arc::clone(&self.input);
        let turns = self
            .turns(partition)
            .map(move |turn| input.execute(turn, Arc::clone(&task)));
        let batches = stream::iter(turns).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), batches)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use arrow::array::{Int64Array, RecordBatch};
    use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
    use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
    use futures::StreamExt;

    use super::*;

    /// One number, from a stream that knows how many like it are open.
    #[derive(Debug)]
    struct Counted {
        number: i64,
        schema: SchemaRef,
        open: Arc<AtomicUsize>,
        most: Arc<AtomicUsize>,
    }

    impl PartitionStream for Counted {
        fn schema(&self) -> &SchemaRef {
            &self.schema
        }

        fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
            let (open, schema, number) = (Arc::clone(&self.open), Arc::clone(&self.schema), self.number);
            self.most
                .fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from(vec![number]))]);
            let batches = stream::iter([batch.map_err(Into::into)]).chain(stream::once(async move {
                open.fetch_sub(1, Ordering::SeqCst);
                Ok(RecordBatch::new_empty(schema))
            }));
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
        }
    }

    #[tokio::test]
    async fn a_union_of_many_has_few_open_and_gives_all_rows() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let (open, most) = (Arc::default(), Arc::<AtomicUsize>::default());
        let scan = |number| {
            let counted = Counted {
                number,
                schema: Arc::clone(&schema),
                open: Arc::clone(&open),
                most: Arc::clone(&most),
            };
            let scan = StreamingTableExec::try_new(Arc::clone(&schema), vec![Arc::new(counted)], None, [], false, None);
            Arc::new(scan.unwrap()) as Arc<dyn ExecutionPlan>
        };
        let union = UnionExec::try_new((0..500).map(&scan).collect()).unwrap();
        assert!(TurnsExec::suits(&union));
        let few = UnionExec::try_new((0..32).map(&scan).collect()).unwrap();
        assert!(!TurnsExec::suits(&few));
        let turns = Arc::new(TurnsExec::new(union));
        let mut streams: Vec<_> = (0..cores().min(500))
            .map(|partition| turns.execute(partition, Arc::default()).unwrap())
            .collect();
        let mut numbers = Vec::new();
        // All of them at once, a batch each by turns.
        while !streams.is_empty() {
            let mut left = Vec::new();
            for mut stream in streams {
                if let Some(batch) = stream.next().await {
                    let column = Arc::clone(batch.unwrap().column(0));
                    let column: &Int64Array = column.as_any().downcast_ref().unwrap();
                    numbers.extend(column.values().iter().copied());
                    left.push(stream);
                }
            }
            streams = left;
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (0..500).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= cores(), "{most:?} were open");
    }
}
