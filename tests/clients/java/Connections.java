import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/** F77, and how a connection begins: URL properties, catalogs, modes and the end. */
final class Connections {
    private Connections() {}

    @Check
    static void f77_catalog_in_the_url(Servers servers) throws Exception {
        Servers.with(servers.url("catalog=flightstream"), connection -> {
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
            // With a catalog, the driver tells the server again at each of these.
            connection.setAutoCommit(true);
            connection.setReadOnly(true);
            Expect.same("auto-commit", connection.getAutoCommit(), true);
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
        });
    }

    @Check
    static void f77_unknown_catalog_in_the_url(Servers servers) throws Exception {
        Expect.fails("connection", () -> DriverManager.getConnection(servers.url("catalog=nowhere")).close());
    }

    @Check
    static void f77_set_catalog(Servers servers) throws Exception {
        servers.read(connection -> {
            connection.setCatalog("flightstream");
            Expect.same("catalog", connection.getCatalog(), "flightstream");
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
            // Up to 18.3 the driver keeps the name to itself.
            if (Servers.driver(connection) >= 19) {
                Expect.fails("unknown", () -> connection.setCatalog("nowhere"));
            }
        });
    }

    @Check
    static void f77_modes(Servers servers) throws Exception {
        servers.read(connection -> {
            connection.setAutoCommit(true);
            Expect.same("auto-commit", connection.getAutoCommit(), true);
            connection.setReadOnly(false);
            connection.setSchema("public");
            Expect.same("isolation", connection.getTransactionIsolation(), Connection.TRANSACTION_NONE);
            connection.clearWarnings();
            Expect.same("warnings", connection.getWarnings(), null);
            Expect.that(connection.isValid(5), "not valid");
        });
    }

    @Check
    static void f77_closing(Servers servers) throws Exception {
        for (String url : new String[] {servers.url(), servers.url("catalog=flightstream")}) {
            Connection connection = DriverManager.getConnection(url);
            Expect.same("rows", Servers.value(connection, "SELECT 1"), "1");
            Servers.close(connection);
            Expect.fails("use", () -> connection.createStatement().executeQuery("SELECT 1"));
        }
    }

    /** An open server takes any name: the driver shakes hands before anything else. */
    @Check
    static void f78_user_and_password(Servers servers) throws Exception {
        Servers.with(servers.url("user=ada", "password=love:lace"),
                connection -> Expect.same("one", Servers.value(connection, "SELECT 1"), "1"));
        var properties = new Properties();
        properties.put("user", "ada");
        properties.put("password", "");
        try (Connection connection = DriverManager.getConnection(servers.url(), properties)) {
            Expect.same("properties", Servers.value(connection, "SELECT 1"), "1");
        }
        Servers.with(servers.url("user=ada", "password=x", "catalog=flightstream"),
                connection -> Expect.same("both", Servers.value(connection, "SELECT 1"), "1"));
    }

    /** What the driver does not know becomes a header of every call. */
    @Check
    static void f77_unknown_properties(Servers servers) throws Exception {
        Servers.with(servers.url("x-colour=blue", "database=anything", "threadpoolsize=4"),
                connection -> Expect.same("one", Servers.value(connection, "SELECT 1"), "1"));
    }

    /** A client with TLS must fail on a server without, and soon. */
    @Check
    static void f77_tls_on_a_plain_server(Servers servers) throws Exception {
        String url = servers.url().replace("useEncryption=false", "useEncryption=true");
        var failed = Expect.Timed.of(() -> Expect.fails("connection", () -> Servers.with(url,
                connection -> Servers.rows(connection, "SELECT 1"))));
        Expect.that(failed.ms() < 20_000, "after " + failed.ms() + " ms");
    }

    @Check
    static void f77_many_connections(Servers servers) throws Exception {
        var open = new Connection[8];
        try {
            for (int n = 0; n < open.length; n++) {
                open[n] = DriverManager.getConnection(servers.url());
            }
            for (int n = 0; n < open.length; n++) {
                Expect.same("value", Servers.value(open[n], "SELECT " + n), String.valueOf(n));
            }
        } finally {
            close(open);
        }
    }

    private static void close(Connection[] connections) throws SQLException {
        for (Connection connection : connections) {
            if (connection != null) {
                connection.close();
            }
        }
    }
}
