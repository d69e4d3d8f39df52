//! The SHOW statements that the engine has no plan for, as queries over the information schema.

use datafusion::sql::sqlparser::ast::{
    ShowStatementFilter, ShowStatementFilterPosition, ShowStatementOptions, Statement as Ast,
};

/// The query that answers `ast`, when it is a SHOW that the engine does not answer itself.
pub(in crate::engine) fn query(ast: &Ast) -> Option<String> {
    match ast {
        Ast::ShowSchemas { show_options, .. } => Some(select(
            "schema_name",
            "schemata",
            filter("schema_name", show_options),
            "schema_name",
        )),
        Ast::ShowDatabases { show_options, .. } | Ast::ShowCatalogs { show_options, .. } => Some(select(
            "DISTINCT catalog_name",
            "schemata",
            filter("catalog_name", show_options),
            "catalog_name",
        )),
        Ast::ShowViews { show_options, .. } => Some(tables(show_options, Some("table_type = 'VIEW'"))),
        Ast::ShowTables { show_options, .. } if is_filtered(show_options) => Some(tables(show_options, None)),
        _ => None,
    }
}

fn is_filtered(options: &ShowStatementOptions) -> bool {
    options.show_in.is_some() || options.filter_position.is_some() || options.starts_with.is_some()
}

fn tables(options: &ShowStatementOptions, condition: Option<&str>) -> String {
    let mut conditions = filter("table_name", options);
    conditions.extend(condition.map(str::to_owned));
    let parent = options.show_in.as_ref().and_then(|parent| parent.parent_name.as_ref());
    if let Some(schema) = parent.and_then(|name| name.0.last()?.as_ident()) {
        conditions.push(format!("lower(table_schema) = lower({})", quoted(&schema.value)));
    } else {
        conditions.push("table_schema <> 'information_schema'".to_owned());
    }
    select("*", "tables", conditions, "table_schema, table_name")
}

/// The conditions that narrow what is shown by the name in `column`.
fn filter(column: &str, options: &ShowStatementOptions) -> Vec<String> {
    let filter = options.filter_position.as_ref().map(|position| match position {
        ShowStatementFilterPosition::Infix(filter) | ShowStatementFilterPosition::Suffix(filter) => match filter {
            ShowStatementFilter::Like(pattern) | ShowStatementFilter::NoKeyword(pattern) => {
                format!("{column} LIKE {}", quoted(pattern))
            }
            ShowStatementFilter::ILike(pattern) => format!("{column} ILIKE {}", quoted(pattern)),
            ShowStatementFilter::Where(condition) => condition.to_string(),
        },
    });
    filter.into_iter().collect()
}

fn select(columns: &str, table: &str, conditions: Vec<String>, order: &str) -> String {
    let filter = match conditions.as_slice() {
        [] => String::new(),
        all => format!(" WHERE {}", all.join(" AND ")),
    };
    format!("SELECT {columns} FROM information_schema.{table}{filter} ORDER BY {order}")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
