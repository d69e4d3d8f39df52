import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** F75: statements that change something, through every call that runs one. Each runs once, and counts its rows. */
final class Changes {
    private Changes() {}

    private static void forget(Connection connection, String... tables) throws SQLException {
        for (String table : tables) {
            Servers.update(connection, "DROP TABLE IF EXISTS " + table);
        }
    }

    /** Runs a statement with `execute`, and returns the count that it left. */
    private static int execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Expect.that(!statement.execute(sql), "a result: " + sql);
            return statement.getUpdateCount();
        }
    }

    @Check(writes = true)
    static void f75_execute(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_execute", "j75_copy");
            Expect.same("create", execute(connection, "CREATE TABLE j75_execute (a BIGINT, b VARCHAR)"), 0);
            Expect.same("insert", execute(connection,
                    "INSERT INTO j75_execute VALUES (1, 'x'), (2, 'y'), (3, NULL)"), 3);
            Expect.same("rows", Servers.rows(connection, "SELECT count(*), sum(a), count(b) FROM j75_execute"),
                    List.of(List.of("3", "6", "2")));
            Expect.same("copy", execute(connection, "CREATE TABLE j75_copy AS SELECT * FROM j75_execute"), 3);
            Expect.same("copied", Servers.value(connection, "SELECT sum(a) FROM j75_copy"), "6");
            Expect.same("drop", execute(connection, "DROP TABLE j75_copy"), 0);
            Expect.fails("dropped", () -> Servers.rows(connection, "SELECT * FROM j75_copy"), "j75_copy");
            forget(connection, "j75_execute");
        });
    }

    @Check(writes = true)
    static void f75_execute_update(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_update");
            Expect.same("create", Servers.update(connection, "CREATE TABLE j75_update (a BIGINT, b VARCHAR)"), 0);
            Expect.same("values", Servers.update(connection, "INSERT INTO j75_update (b, a) VALUES ('x', 1)"), 1);
            Expect.same("select", Servers.update(connection,
                    "INSERT INTO j75_update (a) SELECT trip_id FROM trips WHERE trip_id <= 1010"), 10);
            Expect.same("nothing", Servers.update(connection,
                    "INSERT INTO j75_update SELECT trip_id, remark FROM trips WHERE false"), 0);
            Expect.same("rows", Servers.rows(connection, "SELECT count(*), count(b) FROM j75_update"),
                    List.of(List.of("11", "1")));
            Expect.same("replace", Servers.update(connection,
                    "CREATE OR REPLACE TABLE j75_update AS SELECT 7 AS seven"), 1);
            Expect.same("replaced", Servers.rows(connection, "SELECT * FROM j75_update"), List.of(List.of("7")));
            Expect.same("drop", Servers.update(connection, "DROP TABLE j75_update"), 0);
        });
    }

    @Check(writes = true)
    static void f75_prepared_execute_update(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_prepared");
            try (PreparedStatement create = connection.prepareStatement("CREATE TABLE j75_prepared (a BIGINT)")) {
                Expect.same("create", create.executeUpdate(), 0);
            }
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO j75_prepared VALUES (1), (2)")) {
                Expect.same("insert", insert.executeUpdate(), 2);
                Expect.same("again", insert.executeUpdate(), 2);
            }
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM j75_prepared"), "4");
            try (PreparedStatement drop = connection.prepareStatement("DROP TABLE j75_prepared")) {
                Expect.same("drop", drop.executeUpdate(), 0);
            }
        });
    }

    /** Up to 18.3 the driver asks for a change's result as for a query's: it must not run again for that. */
    @Check(writes = true)
    static void f75_prepared_execute(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_executed");
            executePrepared(connection, "CREATE TABLE j75_executed (a BIGINT)");
            executePrepared(connection, "INSERT INTO j75_executed VALUES (1), (2), (3)");
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM j75_executed"), "3");
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO j75_executed VALUES (?)")) {
                insert.setLong(1, 4);
                insert.execute();
            }
            Expect.same("sum", Servers.value(connection, "SELECT sum(a) FROM j75_executed"), "10");
            executePrepared(connection, "DROP TABLE j75_executed");
            Expect.fails("dropped", () -> Servers.rows(connection, "SELECT * FROM j75_executed"), "j75_executed");
        });
    }

    private static void executePrepared(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (statement.execute()) {
                try (ResultSet result = statement.getResultSet()) {
                    Servers.rows(result);
                }
            }
        }
    }

    @Check(writes = true)
    static void f75_views(Servers servers) throws Exception {
        servers.write(connection -> {
            Servers.update(connection, "DROP VIEW IF EXISTS j75_view");
            Expect.same("create", execute(connection, "CREATE VIEW j75_view AS SELECT trip_id FROM trips"), 0);
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM j75_view"), "240");
            Expect.fails("again", () -> execute(connection, "CREATE VIEW j75_view AS SELECT 1 AS one"), "exist");
            Expect.same("replace", Servers.update(connection,
                    "CREATE OR REPLACE VIEW j75_view AS SELECT fare FROM trips WHERE trip_id = 1001"), 0);
            Expect.same("replaced", Servers.rows(connection, "SELECT * FROM j75_view"), List.of(List.of("3.13")));
            Expect.same("drop", execute(connection, "DROP VIEW j75_view"), 0);
            Expect.fails("dropped", () -> Servers.rows(connection, "SELECT * FROM j75_view"), "j75_view");
        });
    }

    @Check(writes = true)
    static void f75_what_exists_and_what_does_not(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_exists");
            Servers.update(connection, "CREATE TABLE j75_exists AS SELECT 1 AS one");
            Expect.fails("create", () -> execute(connection, "CREATE TABLE j75_exists (a BIGINT)"),
                    "j75_exists", "exist");
            Expect.same("if not", execute(connection, "CREATE TABLE IF NOT EXISTS j75_exists (a BIGINT)"), 0);
            Expect.same("kept", Servers.value(connection, "SELECT one FROM j75_exists"), "1");
            Expect.fails("columns", () -> execute(connection, "INSERT INTO j75_exists VALUES (1, 2)"));
            Expect.fails("source", () -> execute(connection,
                    "INSERT INTO j75_exists SELECT nothing FROM trips"), "nothing");
            Expect.same("unchanged", Servers.value(connection, "SELECT count(*) FROM j75_exists"), "1");
            forget(connection, "j75_exists");
            Expect.fails("drop", () -> execute(connection, "DROP TABLE j75_exists"), "j75_exists");
            Expect.fails("insert", () -> execute(connection, "INSERT INTO j75_exists VALUES (1)"), "j75_exists");
            Expect.same("drop if", execute(connection, "DROP TABLE IF EXISTS j75_exists"), 0);
        });
    }

    /** A copy of every type reads like its source. */
    @Check(writes = true)
    static void f75_copy_of_every_type(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_types");
            Expect.same("count", Servers.update(connection, "CREATE TABLE j75_types AS SELECT * FROM messy.types"), 3);
            Expect.same("append", Servers.update(connection, "INSERT INTO j75_types SELECT * FROM messy.types"), 3);
            Expect.same("rows", Servers.rows(connection, "SELECT DISTINCT * EXCLUDE (numbers, point) FROM j75_types"
                            + " ORDER BY int8"),
                    Servers.rows(connection, "SELECT * EXCLUDE (numbers, point) FROM messy.types ORDER BY int8"));
            forget(connection, "j75_types");
        });
    }

    @Check(writes = true)
    static void f75_schemas(Servers servers) throws Exception {
        servers.write(connection -> {
            forget(connection, "j75_schema.inner");
            Servers.update(connection, "CREATE TABLE j75_schema.inner AS SELECT 1 AS one");
            Expect.same("rows", Servers.value(connection, "SELECT one FROM j75_schema.inner"), "1");
            Expect.same("use", execute(connection, "USE j75_schema"), 0);
            Expect.same("unqualified", Servers.value(connection, "SELECT one FROM inner"), "1");
            Expect.same("back", execute(connection, "USE public"), 0);
            Expect.same("trips", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
            forget(connection, "j75_schema.inner");
        });
    }

    /** The driver keeps cookies, so each of its connections is a session. */
    @Check(writes = true)
    static void f75_temporary_tables(Servers servers) throws Exception {
        servers.write(connection -> {
            Expect.same("create", Servers.update(connection,
                    "CREATE TEMPORARY TABLE j75_temporary AS SELECT 5 AS five"), 1);
            String sql = "SELECT five FROM j75_temporary";
            Expect.same("mine", Servers.value(connection, sql), "5");
            servers.write(other -> Expect.fails("theirs", () -> Servers.rows(other, sql), "j75_temporary"));
            Expect.same("drop", Servers.update(connection, "DROP TABLE j75_temporary"), 0);
        });
    }
}
