import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.List;

/** F44: what a server that only reads, or that clients may write to, refuses; the reason reaches the user. */
final class Refusals {
    private Refusals() {}

    @Check
    static void f44_a_reading_server_refuses_to_write(Servers servers) throws Exception {
        servers.read(connection -> {
            for (String sql : List.of("CREATE TABLE j44 (a BIGINT)", "CREATE TABLE j44 AS SELECT 1 AS one",
                    "CREATE VIEW j44 AS SELECT 1 AS one", "INSERT INTO trips SELECT * FROM trips", "DROP TABLE trips",
                    "DROP TABLE IF EXISTS j44", "UPDATE trips SET fare = 0", "DELETE FROM trips")) {
                try (Statement statement = connection.createStatement()) {
                    Expect.fails(sql, () -> statement.execute(sql), "--writable");
                    Expect.fails(sql, () -> statement.executeUpdate(sql), "--writable");
                }
                Expect.fails(sql, () -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        statement.execute();
                    }
                }, "--writable");
            }
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
        });
    }

    @Check
    static void f44_no_server_reads_or_writes_by_path(Servers servers) throws Exception {
        servers.read(connection -> {
            for (String sql : List.of("COPY trips TO '/tmp/stolen.csv'",
                    "CREATE EXTERNAL TABLE secrets (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd'",
                    "SELECT * FROM '/etc/passwd'")) {
                Expect.fails(sql, () -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute(sql);
                    }
                });
            }
        });
    }

    @Check(writes = true)
    static void f44_a_writable_server_keeps_its_files(Servers servers) throws Exception {
        servers.write(connection -> {
            for (String sql : List.of("INSERT INTO trips SELECT * FROM trips", "DROP TABLE trips",
                    "CREATE TABLE trips (a BIGINT)", "DROP VIEW busiest_routes", "COPY trips TO '/tmp/stolen.csv'",
                    "CREATE EXTERNAL TABLE secrets (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd'")) {
                try (Statement statement = connection.createStatement()) {
                    Expect.fails(sql, () -> statement.execute(sql));
                }
            }
            for (String sql : List.of("UPDATE trips SET fare = 0", "DELETE FROM trips", "TRUNCATE TABLE trips")) {
                try (Statement statement = connection.createStatement()) {
                    Expect.fails(sql, () -> statement.execute(sql), "not supported");
                }
            }
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
        });
    }
}
