//! Statements that are asked again and again: while the tables stay as they are a text means the same, so what the engine
//! made of it is kept. What depends on the moment (`now()`) or on values is worked out later, for each query.
//!
//! Why not one cache with `ready`: what is kept here is a logical plan, which any number of queries begin with and which
//! everybody who sees the same tables shares. What is kept there is a plan that runs once, for the one ticket that it was made
//! for; it holds open scans and goes when it is taken. One cache of both would need a key and a bound for each all the same.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use datafusion::logical_expr::LogicalPlan;

use super::weight::bytes;
use crate::catalog::Visible;
use crate::lru::{Bounds, Lru, Size};

/// What the plans may take together, about. They are everyone's: who asks the same gets the same.
const BOUNDS: Bounds = {
    let all = Size {
        entries: 10_000,
        bytes: 64 << 20,
    };
    Bounds {
        idle: Duration::from_secs(3600),
        owner: all,
        all,
        remembered: 0,
    }
};

/// A text, the schema of its unqualified names, and what is visible to whoever asks.
type Key = (String, String, Visible);

/// What a text means over one snapshot.
#[derive(Debug)]
pub(in crate::engine) struct CachedPlan {
    /// Not optimized.
    pub(in crate::engine) plan: LogicalPlan,
    /// It becomes the same plan whenever it is optimized: it has no `now()` and no parameter.
    pub(in crate::engine) timeless: bool,
    /// What a timeless plan was optimized to, once it was.
    pub(in crate::engine) optimized: OnceLock<LogicalPlan>,
    /// The tables that it reads, through views too, with their fingerprints, by id.
    pub(in crate::engine) tables: BTreeMap<String, u64>,
}

/// The statements that were asked last.
#[derive(Debug)]
pub(in crate::engine) struct PlanCache(Lru<Arc<Key>, Arc<CachedPlan>>);

impl Default for PlanCache {
    fn default() -> Self {
        Self(Lru::new(BOUNDS, |key, known| {
            bytes(key.0.len(), known.plan.schema().fields().len())
        }))
    }
}

impl PlanCache {
    /// What a text means to those who see this, if that is known.
    pub(in crate::engine) fn get(&self, text: &str, schema: &str, visible: Visible) -> Option<Arc<CachedPlan>> {
        self.0.get(&Arc::new((text.to_owned(), schema.to_owned(), visible)))
    }

    /// Keeps what a text means to those who see this.
    pub(in crate::engine) fn keep(&self, text: &str, schema: &str, visible: Visible, known: &Arc<CachedPlan>) {
        let key = Arc::new((text.to_owned(), schema.to_owned(), visible));
        self.0.insert((), key, Arc::clone(known));
    }

    /// Forgets all of it: it keeps files that may have been dropped.
    pub(in crate::engine) fn forget(&self) {
        self.0.retain(|_| false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::engine::mock::Tables;
    use crate::engine::{PlanOptions, Query};

    async fn fingerprint(tables: &Tables, text: &str, options: &PlanOptions) -> u64 {
        let snapshot = tables.engine.snapshot();
        let planned = tables
            .engine
            .plan_over(snapshot, Query::sql(text), options.clone())
            .await;
        planned.unwrap().fingerprint()
    }

    #[tokio::test]
    async fn what_reads_the_tables_alone_is_known_until_it_is_forgotten() {
        let (tables, options) = (Tables::new().await, PlanOptions::default());
        let known = |text: &str| {
            let (snapshot, known) = (tables.engine.snapshot(), &tables.engine.template.plan_cache);
            known.get(text, &options.schema, snapshot.visible()).is_some()
        };
        let kept = [
            "SELECT FARE FROM trips",
            "SELECT now(), paid FROM paid",
            "SELECT $1 + 1",
        ];
        let made_anew = [
            "SHOW TABLES",
            "SELECT * FROM information_schema.df_settings",
            "SELECT * FROM generate_series(1, 3)",
        ];
        for text in kept.iter().chain(&made_anew) {
            let snapshot = tables.engine.snapshot();
            drop(
                tables
                    .engine
                    .plan_over(snapshot, Query::sql(*text), options.clone())
                    .await,
            );
        }
        assert_eq!(kept.map(known), [true; 3]);
        assert_eq!(made_anew.map(known), [false; 3]);
        tables.engine.template.plan_cache.forget();
        assert_eq!(kept.map(known), [false; 3]);
    }

    #[tokio::test]
    async fn what_depends_on_the_moment_is_worked_out_for_each_query() {
        let (tables, options) = (Tables::new().await, PlanOptions::default());
        let optimized = async |text: &str| {
            let snapshot = tables.engine.snapshot();
            let planned = tables
                .engine
                .plan_over(Arc::clone(&snapshot), Query::sql(text), options.clone())
                .await;
            planned.unwrap();
            let known = tables
                .engine
                .template
                .plan_cache
                .get(text, &options.schema, snapshot.visible());
            known.unwrap().optimized.get().is_some()
        };
        for text in ["SELECT upper('a'), count(*) FROM trips", "SELECT * FROM paid"] {
            assert!(optimized(text).await, "{text}");
        }
        for text in [
            "SELECT now()",
            "SELECT fare FROM trips WHERE EXISTS (SELECT 1 FROM twins WHERE now() > '2020-01-01')",
            "SELECT random()",
            "SELECT upper(CAST(current_date() AS VARCHAR))",
        ] {
            assert!(!optimized(text).await, "{text}");
        }
    }

    #[tokio::test]
    async fn nothing_keeps_the_tables_of_a_session() {
        let (tables, options) = (Tables::new().await, PlanOptions::default());
        let overlaid = Arc::new(tables.engine.snapshot().with([]));
        let (seen, visible) = (Arc::downgrade(&overlaid), overlaid.visible());
        let query = Query::sql("SELECT fare FROM trips");
        let planned = tables
            .engine
            .plan_over(overlaid, query.clone(), options.clone())
            .await
            .unwrap();
        tables
            .engine
            .keep_ready(crate::session::QueryId::new_v4(), query, options, planned);
        assert_eq!(seen.strong_count(), 0);
        let known = &tables.engine.template.plan_cache;
        assert!(
            known
                .get("SELECT fare FROM trips", &PlanOptions::default().schema, visible)
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_schema_is_part_of_what_a_text_means() {
        let tables = Tables::of(&[("t.csv", "n\n1\n"), ("sales/t.csv", "n\n2\n")]).await;
        let (public, sales) = (
            PlanOptions::default(),
            PlanOptions {
                schema: "sales".into(),
                ..PlanOptions::default()
            },
        );
        let text = "SELECT n FROM t";
        let first = fingerprint(&tables, text, &public).await;
        assert_ne!(first, fingerprint(&tables, text, &sales).await);
        assert_eq!(first, fingerprint(&tables, text, &public).await);
    }
}
