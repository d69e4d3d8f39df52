import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers under test, both over the sample files: one that only reads, and one that clients may write to, or null.
 * Everything that comes from a connection is closed before it: the driver calls what is left a leak.
 */
record Servers(String reading, String writable) {
    /** What a check does with a connection. */
    interface Use {
        void with(Connection connection) throws Exception;
    }

    /** The JDBC URL of the server that only reads; properties are `name=value`. */
    String url(String... properties) {
        return url(reading, properties);
    }

    /** The JDBC URL of the server that clients may write to. */
    String writableUrl(String... properties) {
        return url(writable, properties);
    }

    private static String url(String server, String... properties) {
        String address = server.substring(server.indexOf("://") + 3);
        var url = new StringBuilder("jdbc:arrow-flight-sql://" + address + "/?useEncryption=false");
        for (String property : properties) {
            url.append('&').append(property);
        }
        return url.toString();
    }

    void read(Use use) throws Exception {
        with(url(), use);
    }

    void write(Use use) throws Exception {
        with(writableUrl(), use);
    }

    static void with(String url, Use use) throws Exception {
        Connection connection = DriverManager.getConnection(url);
        try {
            use.with(connection);
        } catch (Exception | AssertionError failure) {
            try {
                connection.close();
            } catch (SQLException leaked) {
                failure.addSuppressed(leaked);
            }
            throw failure;
        }
        close(connection);
    }

    /**
     * Closes a connection. Up to 18.3, one whose URL names a catalog closes its session twice, the second time when
     * its channel is shut already, and fails at that.
     */
    static void close(Connection connection) throws SQLException {
        boolean twice = driver(connection) < 19 && connection.getMetaData().getURL().contains("catalog=");
        try {
            connection.close();
        } catch (SQLException error) {
            if (!twice || !error.getMessage().contains("Channel shutdown invoked")) {
                throw error;
            }
        }
    }

    /** Every row of a query as text. */
    static List<List<String>> rows(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            return rows(result);
        }
    }

    /** Every row of a prepared query as text; its parameters are what `setObject` or `setNull` take. */
    static List<List<String>> rows(PreparedStatement statement) throws SQLException {
        try (ResultSet result = statement.executeQuery()) {
            return rows(result);
        }
    }

    /** What is left of a result, as text. */
    static List<List<String>> rows(ResultSet result) throws SQLException {
        int columns = result.getMetaData().getColumnCount();
        var rows = new ArrayList<List<String>>();
        while (result.next()) {
            var row = new ArrayList<String>();
            for (int column = 1; column <= columns; column++) {
                row.add(result.getString(column));
            }
            rows.add(row);
        }
        return rows;
    }

    /** The only value of a query. */
    static String value(Connection connection, String sql) throws SQLException {
        return rows(connection, sql).get(0).get(0);
    }

    /** Runs a statement that counts rows, and returns the count. */
    static int update(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }

    /** The driver's major version: 19 closed some gaps of 18. */
    static int driver(Connection connection) throws SQLException {
        return connection.getMetaData().getDriverMajorVersion();
    }
}
