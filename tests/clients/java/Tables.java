import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** F74: catalogs, schemas, tables, columns and keys, as a tool that lists them asks. */
final class Tables {
    /** Name, DATA_TYPE, TYPE_NAME, COLUMN_SIZE (or null) of each column of `messy.types`, in order. */
    private static final String[] TYPES = {
        "int8 -6 TINYINT 3", "int16 5 SMALLINT 5", "int32 4 INTEGER 10", "int64 -5 BIGINT 19", "uint8 -6 TINYINT 3",
        "uint16 5 SMALLINT 5", "uint32 4 INTEGER 10", "uint64 -5 BIGINT 20", "float16 6 REAL 7", "float32 6 REAL 7",
        "float64 8 DOUBLE 15", "amount 3 DECIMAL 10", "day 91 DATE 10", "at 93 TIMESTAMP 26",
        "at_utc 2014 TIMESTAMP 29", "clock 92 TIME 15", "text 12 VARCHAR 65536", "long_text 12 VARCHAR 65536",
        "bytes -3 VARBINARY 65536", "flag 16 BOOLEAN null", "numbers 2003 ARRAY null", "point 2000 STRUCT null",
        "label 12 VARCHAR 65536",
    };

    private Tables() {}

    @Check
    static void f74_catalogs_schemas_and_table_types(Servers servers) throws Exception {
        servers.read(connection -> {
            DatabaseMetaData database = connection.getMetaData();
            Expect.same("catalogs", column(database.getCatalogs(), "TABLE_CAT"), List.of("flightstream"));
            for (ResultSet schemas : new ResultSet[] {
                database.getSchemas(), database.getSchemas(null, null), database.getSchemas("flightstream", "%")
            }) {
                var names = column(schemas, "TABLE_SCHEM");
                Expect.that(names.containsAll(List.of("messy", "public", "sales")), "schemas " + names);
            }
            Expect.same("one", column(database.getSchemas(null, "s%s"), "TABLE_SCHEM"), List.of("sales"));
            Expect.same("none", column(database.getSchemas("nowhere", "%"), "TABLE_SCHEM"), List.of());
            var types = column(database.getTableTypes(), "TABLE_TYPE");
            Expect.that(types.containsAll(List.of("TABLE", "VIEW")), "table types " + types);
        });
    }

    @Check
    static void f74_tables(Servers servers) throws Exception {
        servers.read(connection -> {
            var all = tables(connection, null, null, "%");
            Expect.that(all.size() >= 50, "only " + all.size() + " tables");
            Expect.same("no pattern", tables(connection, null, null, null), all);
            Expect.that(all.contains("public.trips TABLE") && all.contains("messy.types TABLE"), "tables " + all);
            Expect.that(all.contains("public.busiest_routes VIEW"), "no view in " + all);
            Expect.same("in a schema", tables(connection, "flightstream", "sales", "%"),
                    Set.of("sales.2024 TABLE", "sales.2025 TABLE"));
            Expect.same("views", tables(connection, null, "public", "%", "VIEW"),
                    Set.of("public.busiest_routes VIEW", "public.monthly_sales VIEW", "public.warmest_days VIEW"));
            Expect.same("of no type", tables(connection, null, null, "%", "SYSTEM TABLE"), Set.of());
            // A tool's ping.
            Expect.same("none", tables(connection, null, null, "FAKETABLENAMEFORPING"), Set.of());
        });
    }

    /** `_` is a wildcard unless it is escaped as the server says. */
    @Check
    static void f74_patterns_escape(Servers servers) throws Exception {
        servers.read(connection -> {
            Expect.same("wildcard", tables(connection, null, "messy", "under_score"),
                    Set.of("messy.underXscore TABLE", "messy.under_score TABLE"));
            Expect.same("escaped", tables(connection, null, "messy", escaped(connection, "under_score")),
                    Set.of("messy.under_score TABLE"));
            Expect.same("case", tables(connection, null, "messy", "upper"), Set.of());
            Expect.same("percent", tables(connection, null, "messy", "%co_e"), Set.of(
                    "messy.underXscore TABLE", "messy.under_score TABLE"));
        });
    }

    @Check
    static void f74_columns_of_every_type(Servers servers) throws Exception {
        servers.read(connection -> {
            try (ResultSet columns = connection.getMetaData().getColumns(null, "messy", "types", "%")) {
                for (int ordinal = 1; ordinal <= TYPES.length; ordinal++) {
                    Expect.that(columns.next(), "only " + (ordinal - 1) + " columns");
                    String found = String.join(" ", columns.getString("COLUMN_NAME"), columns.getString("DATA_TYPE"),
                            columns.getString("TYPE_NAME"), columns.getString("COLUMN_SIZE"));
                    Expect.same("column " + ordinal, found, TYPES[ordinal - 1]);
                    Expect.same("ordinal", columns.getInt("ORDINAL_POSITION"), ordinal);
                    Expect.same("nullable", columns.getInt("NULLABLE"), DatabaseMetaData.columnNullable);
                    Expect.same("is nullable", columns.getString("IS_NULLABLE"), "YES");
                    Expect.same("auto-increment", columns.getString("IS_AUTOINCREMENT"), "NO");
                    if (found.startsWith("amount")) {
                        Expect.same("scale", columns.getInt("DECIMAL_DIGITS"), 2);
                    }
                }
                Expect.that(!columns.next(), "more columns than " + TYPES.length);
            }
            Expect.same("pattern", column(connection.getMetaData().getColumns(null, null, "types", "float%"),
                    "COLUMN_NAME"), List.of("float16", "float32", "float64"));
        });
    }

    /** What getColumns says about each table is what a query on it returns. */
    @Check
    static void f74_columns_of_every_table(Servers servers) throws Exception {
        servers.read(connection -> {
            int tables = 0;
            for (String[] table : names(connection)) {
                var listed = listed(connection.getMetaData().getColumns(
                        "flightstream", escaped(connection, table[0]), escaped(connection, table[1]), "%"));
                Expect.same("columns of " + String.join(".", table), listed, queried(connection, table));
                tables++;
            }
            Expect.that(tables >= 50, "only " + tables + " tables");
        });
    }

    @Check
    static void f74_columns_of_all_tables_at_once(Servers servers) throws Exception {
        servers.read(connection -> {
            var seen = new LinkedHashSet<String>();
            int last = 0;
            try (ResultSet columns = connection.getMetaData().getColumns(null, null, "%", "%")) {
                while (columns.next()) {
                    int ordinal = columns.getInt("ORDINAL_POSITION");
                    String table = columns.getString("TABLE_SCHEM") + "." + columns.getString("TABLE_NAME");
                    Expect.same("ordinal in " + table, ordinal, seen.add(table) ? 1 : last + 1);
                    Expect.that(columns.getString("TYPE_NAME") != null, "no type name in " + table);
                    last = ordinal;
                }
            }
            var named = new LinkedHashSet<String>();
            names(connection).forEach(name -> named.add(name[0] + "." + name[1]));
            // A file without content is a table without columns.
            named.removeIf(name -> name.equals("messy.empty-file"));
            Expect.same("tables", seen, named);
        });
    }

    @Check
    static void f74_keys_are_empty(Servers servers) throws Exception {
        servers.read(connection -> {
            DatabaseMetaData database = connection.getMetaData();
            // Tools ask with "%", which is a literal here, and about tables that are gone.
            for (String table : List.of("trips", "%", "nowhere")) {
                Expect.same("primary", column(database.getPrimaryKeys("flightstream", "public", table), "COLUMN_NAME"),
                        List.of());
                Expect.same("imported", column(database.getImportedKeys(null, "public", table), "FKCOLUMN_NAME"),
                        List.of());
                Expect.same("exported", column(database.getExportedKeys(null, null, table), "PKCOLUMN_NAME"),
                        List.of());
                Expect.same("cross", column(database.getCrossReference(null, null, table, null, null, "stations"),
                        "PKTABLE_NAME"), List.of());
            }
            Expect.same("indexes", Servers.rows(database.getIndexInfo(null, null, "trips", false, true)), List.of());
        });
    }

    /** A table that was written is listed with the columns that it was made with. */
    @Check(writes = true)
    static void f74_written_tables(Servers servers) throws Exception {
        servers.write(connection -> {
            Servers.update(connection, "CREATE OR REPLACE TABLE j74 (a BIGINT, b VARCHAR, c DECIMAL(9, 3), d DATE)");
            Servers.update(connection, "CREATE OR REPLACE VIEW j74_view AS SELECT b FROM j74");
            Expect.same("tables", tables(connection, null, "public", "j74%"),
                    Set.of("public.j74 TABLE", "public.j74_view VIEW"));
            Expect.same("columns", listed(connection.getMetaData().getColumns(null, "public", "j74", null)),
                    List.of("a -5", "b 12", "c 3", "d 91"));
            Servers.update(connection, "DROP VIEW j74_view");
            Servers.update(connection, "DROP TABLE j74");
            Expect.same("afterwards", tables(connection, null, null, "j74%"), Set.of());
        });
    }

    private static Set<String> tables(Connection connection, String catalog, String schema, String name,
            String... types) throws SQLException {
        try (ResultSet tables = connection.getMetaData()
                .getTables(catalog, schema, name, types.length == 0 ? null : types)) {
            var found = new TreeSet<String>();
            while (tables.next()) {
                Expect.same("catalog", tables.getString("TABLE_CAT"), "flightstream");
                found.add(tables.getString("TABLE_SCHEM") + "." + tables.getString("TABLE_NAME") + " "
                        + tables.getString("TABLE_TYPE"));
            }
            return found;
        }
    }

    /** Schema and name of every table. */
    private static List<String[]> names(Connection connection) throws SQLException {
        try (ResultSet tables = connection.getMetaData().getTables(null, null, "%", null)) {
            var names = new ArrayList<String[]>();
            while (tables.next()) {
                names.add(new String[] {tables.getString("TABLE_SCHEM"), tables.getString("TABLE_NAME")});
            }
            return names;
        }
    }

    private static String escaped(Connection connection, String name) throws SQLException {
        String escape = connection.getMetaData().getSearchStringEscape();
        return name.replace(escape, escape + escape).replace("_", escape + "_").replace("%", escape + "%");
    }

    private static List<String> listed(ResultSet columns) throws SQLException {
        var listed = new ArrayList<String>();
        try (columns) {
            while (columns.next()) {
                listed.add(columns.getString("COLUMN_NAME") + " " + columns.getInt("DATA_TYPE"));
            }
        }
        return listed;
    }

    private static List<String> queried(Connection connection, String[] table) throws SQLException {
        String quote = connection.getMetaData().getIdentifierQuoteString();
        String name = quote + table[0] + quote + "." + quote + table[1] + quote;
        var columns = new ArrayList<String>();
        // Of a plain statement without rows the driver lists each column twice.
        try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM " + name)) {
            ResultSetMetaData about = statement.getMetaData();
            for (int column = 1; column <= about.getColumnCount(); column++) {
                columns.add(about.getColumnName(column) + " " + about.getColumnType(column));
            }
        }
        return columns;
    }

    private static List<String> column(ResultSet result, String name) throws SQLException {
        var values = new ArrayList<String>();
        try (result) {
            while (result.next()) {
                values.add(result.getString(name));
            }
        }
        return values;
    }
}
