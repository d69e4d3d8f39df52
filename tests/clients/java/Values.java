import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;

/** F75: what a query returns, through every way that JDBC has to read a value. */
final class Values {
    private static final String ALL = "SELECT * FROM messy.types ORDER BY int8 NULLS LAST";
    private static final Calendar UTC = Calendar.getInstance(TimeZone.getTimeZone("UTC"));

    /**
     * First and second row of `messy.types` as `getString` gives them. Unsigned numbers are the driver's gap: it takes
     * them for signed ones, and shows the largest of 8 and of 32 bits with the digits of 64. Times end at the
     * millisecond.
     */
    private static final String[][] TEXTS = {
        {"int8", "-128", "127"},
        {"int16", "-32768", "32767"},
        {"int32", "-2147483648", "2147483647"},
        {"int64", "-9223372036854775808", "9223372036854775807"},
        {"uint8", "0", null},
        {"uint16", "0", "65535"},
        {"uint32", "0", null},
        {"uint64", "0", "18446744073709551615"},
        {"float16", "0.5", "-2.0"},
        {"float32", "0.25", "-1.5"},
        {"float64", "0.1", "-1.0E300"},
        {"amount", "12345678.90", "-0.01"},
        {"day", "2024-02-29", "1969-07-20"},
        {"at", "2024-02-29 12:30:00.123456", "1969-07-20 20:17:40.0"},
        {"at_utc", "2024-02-29 12:30:00.123456789", "1969-07-20 20:17:39.999999999"},
        {"clock", "23:59:59.999", "00:00:00"},
        {"text", "naïve 🚲", ""},
        {"long_text", "слово", "x".repeat(5000)},
        {"flag", "true", "false"},
        {"numbers", "[1,null,3]", "[]"},
        {"point", "{\"x\":1.5,\"y\":\"north\"}", "{\"y\":\"south\"}"},
        {"label", "red", "green"},
    };

    private Values() {}

    @Check
    static void f75_every_type_as_text(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(ALL)) {
                for (int row = 1; row <= 2; row++) {
                    Expect.that(result.next(), "no row " + row);
                    for (String[] text : TEXTS) {
                        if (text[row] != null) {
                            Expect.same(text[0], shortened(result.getString(text[0])), shortened(text[row]));
                            Expect.that(!result.wasNull(), text[0] + " was null");
                        }
                    }
                }
                Expect.that(result.next(), "no third row");
                for (String[] text : TEXTS) {
                    Expect.same("null " + text[0], result.getString(text[0]), null);
                    Expect.that(result.wasNull(), text[0] + " was not null");
                }
                Expect.that(!result.next(), "a fourth row");
            }
        });
    }

    /** The long text's length is of no interest here. */
    private static String shortened(String text) {
        return text.startsWith("xxx") ? "xxx" : text;
    }

    @Check
    static void f75_every_type_as_object(Servers servers) throws Exception {
        servers.read(connection -> {
            int driver = Servers.driver(connection);
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(ALL)) {
                result.next();
                Object[][] objects = {
                    {"int8", (byte) -128}, {"int16", (short) -32768}, {"int32", Integer.MIN_VALUE},
                    {"int64", Long.MIN_VALUE}, {"float16", 0.5f}, {"float32", 0.25f}, {"float64", 0.1},
                    {"amount", new BigDecimal("12345678.90")}, {"day", Date.valueOf("2024-02-29")},
                    {"at", Timestamp.valueOf("2024-02-29 12:30:00.123456")}, {"text", "naïve 🚲"},
                    {"bytes", new byte[] {0, -1, 16}}, {"flag", true}, {"label", "red"},
                };
                for (Object[] object : objects) {
                    Expect.same((String) object[0], result.getObject((String) object[0]), object[1]);
                }
                Expect.that(result.getObject("clock") instanceof Time, "clock is no Time");
                Expect.same("point", result.getObject("point").toString(), "{\"x\":1.5,\"y\":\"north\"}");
                Expect.that(result.getObject("at_utc") instanceof Timestamp, "at_utc is no Timestamp");
                // By its number, up to 18.3, the driver cannot make an object of a timestamp with a time zone.
                int column = result.findColumn("at_utc");
                if (driver < 19) {
                    Expect.fails("at_utc", () -> result.getObject(column), "not implemented");
                } else {
                    Expect.that(result.getObject(column) instanceof Timestamp, "at_utc is no Timestamp");
                }
            }
        });
    }

    @Check
    static void f75_typed_getters(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(ALL)) {
                result.next();
                Expect.same("byte", result.getByte("int8"), (byte) -128);
                Expect.same("short", result.getShort("int16"), (short) -32768);
                Expect.same("int", result.getInt("int32"), Integer.MIN_VALUE);
                Expect.same("long", result.getLong("int64"), Long.MIN_VALUE);
                Expect.same("float", result.getFloat("float32"), 0.25f);
                Expect.same("double", result.getDouble("float64"), 0.1);
                Expect.same("decimal", result.getBigDecimal("amount"), new BigDecimal("12345678.90"));
                Expect.same("date", result.getDate("day"), Date.valueOf("2024-02-29"));
                Expect.same("bytes", result.getBytes("bytes"), new byte[] {0, -1, 16});
                Expect.same("boolean", result.getBoolean("flag"), true);
                Expect.same("wall clock", result.getTimestamp("at"), Timestamp.valueOf("2024-02-29 12:30:00.123456"));
                Expect.same("instant", result.getTimestamp("at_utc", UTC).toInstant().toString(),
                        "2024-02-29T12:30:00.123456789Z");
                result.next();
                Expect.same("largest of uint64", result.getString("uint64"), "18446744073709551615");
                result.next();
                Expect.same("null int", result.getInt("int32"), 0);
                Expect.that(result.wasNull(), "int32 was not null");
                Expect.same("null decimal", result.getBigDecimal("amount"), null);
                Expect.same("null bytes", result.getBytes("bytes"), null);
            }
        });
    }

    @Check
    static void f75_lists(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(ALL)) {
                result.next();
                Array numbers = result.getArray("numbers");
                Expect.same("elements", (Object[]) numbers.getArray(), new Object[] {1, null, 3});
                Expect.same("base type", numbers.getBaseType(), Types.INTEGER);
            }
        });
    }

    @Check
    static void f75_result_metadata(Servers servers) throws Exception {
        servers.read(connection -> {
            String sql = "SELECT trip_id, fare * 2 AS twice, remark AS \"Größe 1\", count(*) OVER () FROM trips";
            try (Statement statement = connection.createStatement();
                    ResultSet result = statement.executeQuery(sql)) {
                ResultSetMetaData about = result.getMetaData();
                Expect.same("columns", about.getColumnCount(), 4);
                String[] labels = {"trip_id", "twice", "Größe 1"};
                int[] types = {Types.BIGINT, Types.DOUBLE, Types.VARCHAR};
                for (int column = 1; column <= 3; column++) {
                    Expect.same("label", about.getColumnLabel(column), labels[column - 1]);
                    Expect.same("type", about.getColumnType(column), types[column - 1]);
                }
            }
        });
    }

    @Check
    static void f75_statements_of_every_kind(Servers servers) throws Exception {
        servers.read(connection -> {
            Expect.same("rows", Servers.value(connection, "SELECT count(*) FROM trips"), "240");
            Expect.same("empty", Servers.rows(connection, "SELECT * FROM trips WHERE false"), List.of());
            Expect.same("semicolons", Servers.rows(connection, "SELECT 1;;;"), List.of(List.of("1")));
            Expect.same("case", Servers.value(connection, "SELECT COUNT(Trip_ID) FROM TRIPS"), "240");
            Expect.same("script", Servers.value(connection, "SELECT '大阪 🚲'"), "大阪 🚲");
            for (String sql : List.of("EXPLAIN SELECT 1", "SHOW TABLES", "SHOW COLUMNS FROM trips", "DESCRIBE trips", "SUMMARIZE trips",
                    "SELECT * FROM information_schema.tables", "VALUES (1), (2)",
                    "WITH t AS (SELECT 1) SELECT * FROM t")) {
                Expect.that(!Servers.rows(connection, sql).isEmpty(), "no rows: " + sql);
            }
        });
    }

    /** One statement runs many queries, and several results are open at once. */
    @Check
    static void f75_statements_again_and_side_by_side(Servers servers) throws Exception {
        servers.read(connection -> {
            try (Statement one = connection.createStatement();
                    Statement two = connection.createStatement();
                    PreparedStatement three = connection.prepareStatement("SELECT count(*) FROM stations")) {
                for (int round = 0; round < 3; round++) {
                    try (ResultSet first = one.executeQuery("SELECT trip_id FROM trips ORDER BY trip_id");
                            ResultSet second = two.executeQuery("SELECT trip_id FROM trips ORDER BY trip_id DESC")) {
                        for (int row = 0; row < 240; row++) {
                            Expect.that(first.next() && second.next(), "no row " + row);
                            Expect.same("sum", first.getLong(1) + second.getLong(1), 1001L + 1240);
                        }
                        Expect.that(!first.next() && !second.next(), "more rows");
                    }
                    Expect.same("prepared", Servers.rows(three), List.of(List.of("26")));
                }
            }
        });
    }

    @Check
    static void f75_errors_say_what_is_wrong(Servers servers) throws Exception {
        servers.read(connection -> {
            Expect.fails("syntax", () -> Servers.rows(connection, "SELEC 1"), "SELEC");
            Expect.fails("table", () -> Servers.rows(connection, "SELECT * FROM nowhere"), "nowhere");
            Expect.fails("column", () -> Servers.rows(connection, "SELECT nothing FROM trips"), "nothing");
            Expect.fails("prepared", () -> connection.prepareStatement("SELECT nothing FROM trips").close(), "nothing");
            Expect.fails("two", () -> Servers.rows(connection, "SELECT 1; SELECT 2"));
            Expect.fails("late", () -> Servers.rows(connection, "SELECT 1 / (trip_id - 1240) FROM trips"), "zero");
            Expect.same("afterwards", Servers.value(connection, "SELECT 1"), "1");
        });
    }
}
