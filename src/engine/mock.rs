//! An engine over a few small files, for the tests of this module.

use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::collect;
use tempfile::TempDir;

use super::failure::failed;
use super::plan::context;
use super::plan::context::QueryState;
use super::{Engine, PlanOptions, plan};
use crate::config::Config;
use crate::error::Result;

/// The files: what differs by case differs for a reason.
const FILES: [(&str, &str); 6] = [
    (
        "trips.csv",
        "trip_id,fare,Started,member,Distance_km\n1,2.5,2025-01-01T00:00:00,true,1.5\n2,7.5,2025-01-02T00:00:00,false,3\n3,,2025-01-03T00:00:00,true,\n",
    ),
    ("Stations.csv", "Station_ID,Name,trip_id\n1,Hafen,1\n2,Markt,2\n"),
    ("twins.csv", "Price,price,Tag\n1,2,a\n3,4,b\n"),
    ("Orders.csv", "ID,City\n1,Bonn\n"),
    ("orders.csv", "ID,City\n2,Trier\n"),
    ("sales/2024.csv", "Amount,Day\n1,2024-01-01\n2,2024-01-02\n"),
];

/// The engine and what it reads.
pub(super) struct Tables {
    pub(super) engine: Arc<Engine>,
    _folder: TempDir,
}

impl Tables {
    pub(super) async fn new() -> Self {
        Self::of(&FILES).await
    }

    pub(super) async fn of(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join("data").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let queries = folder.path().join("queries");
        std::fs::create_dir(&queries).unwrap();
        std::fs::write(queries.join("Paid.sql"), "SELECT FARE AS Paid, TRIP_ID FROM Trips").unwrap();
        let engine = Engine::new(&Config {
            locations: vec![folder.path().join("data")],
            queries: Some(queries),
            ..Config::default()
        });
        let engine = engine.unwrap();
        engine.refresh(|_| ()).await.unwrap();
        Self {
            engine,
            _folder: folder,
        }
    }

    pub(super) fn state(&self) -> QueryState {
        context::session(&self.engine.template, self.engine.snapshot(), &PlanOptions::default())
    }

    pub(super) async fn plan(&self, sql: &str) -> Result<LogicalPlan> {
        plan::logical::logical(&self.state(), sql).await
    }

    /// The names of the columns that a statement gives, or what is said about it.
    pub(super) async fn columns(&self, sql: &str) -> String {
        match self.plan(sql).await {
            Ok(plan) => {
                let names = plan.schema().fields().iter().map(|field| field.name().as_str());
                names.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.message().to_owned(),
        }
    }

    /// The rows that a statement gives, as a person would see them, or what is said about it.
    pub(super) async fn rows(&self, sql: &str) -> String {
        match self.plan(sql).await {
            Ok(plan) => self.run(&plan).await,
            Err(error) => error.message().to_owned(),
        }
    }

    pub(super) async fn run(&self, plan: &LogicalPlan) -> String {
        let state = self.state();
        let ran = async {
            let physical = state.create_physical_plan(plan).await?;
            #[expect(clippy::disallowed_methods, reason = "a test looks at all of the rows")]
            collect(physical, state.task_ctx()).await
        };
        match ran.await {
            Ok(batches) => pretty_format_batches(&batches).unwrap().to_string(),
            Err(error) => failed(error).message().to_owned(),
        }
    }

    /// What is said about a statement that fails.
    pub(super) async fn said(&self, sql: &str) -> String {
        match self.plan(sql).await {
            Ok(_) => "nothing".into(),
            Err(error) => error.message().to_owned(),
        }
    }
}

/// Fails with all that differs, not with the first.
pub(super) fn assert_same(cases: &[(&str, String, &str)]) {
    let wrong = cases.iter().filter(|(_, found, expected)| found != expected);
    let wrong: Vec<String> = wrong
        .map(|(what, found, expected)| format!("{what}\n  expected: {expected}\n     found: {found}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
