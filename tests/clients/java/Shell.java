import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** SQLLine, a JDBC shell, as a person drives it: one session a check, read by its output. */
final class Shell {
    private static final long LIMIT_S = 90;

    private Shell() {}

    /** The output of a session that connects, runs the commands and quits. */
    private static String session(String url, String commands) throws Exception {
        Path input = Files.createTempFile("commands", ".sql");
        Path output = Files.createTempFile("output", ".txt");
        try {
            Files.writeString(input, commands + "!quit\n");
            var process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-opens=java.base/java.nio=ALL-UNNAMED", "-Dfile.encoding=UTF-8", "-Djline.terminal=dumb",
                    "-Duser.home=" + input.getParent(), "-cp", System.getProperty("java.class.path"), "sqlline.SqlLine",
                    "-u", url, "-n", "ada", "-p", "lovelace", "--color=false", "--maxWidth=400", "--fastConnect=false")
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .redirectErrorStream(true)
                    .start();
            boolean ended = process.waitFor(LIMIT_S, TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(output, StandardCharsets.UTF_8);
            Expect.that(ended, "still running after " + LIMIT_S + " s: " + text);
            return text;
        } finally {
            Files.delete(input);
            Files.delete(output);
        }
    }

    @Check
    static void sqlline_looks_around(Servers servers) throws Exception {
        // The shell writes names that are not quoted in capitals: the driver says so whatever the server's answer.
        String text = session(servers.url(), """
                !dbinfo
                !tables
                !schemas
                !columns "stations"
                !describe "trips"
                !primarykeys "trips"
                !importedkeys "trips"
                !exportedkeys "trips"
                !indexes "trips"
                !procedures
                !typeinfo
                !isolation TRANSACTION_NONE
                !autocommit on
                """);
        Expect.contains("session", text, "getDatabaseProductName                            FlightStream");
        row(text, "flightstream", "messy", "types", "TABLE");
        row(text, "flightstream", "public", "busiest_routes", "VIEW");
        row(text, "sales", "flightstream");
        row(text, "flightstream", "public", "stations", "opened_on", "91", "DATE");
        row(text, "flightstream", "public", "trips", "started_at", "2014", "TIMESTAMP");
        Expect.that(!text.contains("Error"), "an error: " + text);
    }

    @Check
    static void sqlline_asks(Servers servers) throws Exception {
        String text = session(servers.url(), """
                SELECT trip_id, from_station, fare
                FROM trips
                ORDER BY trip_id LIMIT 3;
                SELECT local_name FROM "Cities-2025" WHERE city_id = 'ATH';
                SELECT * FROM busiest_routes;
                SELECT nothing FROM trips;
                SELECT * FROM messy.types;
                EXPLAIN SELECT 1;
                !outputformat csv
                SELECT sum(quantity) AS total, NULL AS none FROM sales."2024";
                """);
        row(text, "trip_id", "from_station", "fare");
        row(text, "1001", "ATH-1", "3.13");
        Expect.contains("session", text, "3 rows selected", "Αθήνα", "20 rows selected", "'total','none'");
        Expect.contains("plan", text, "logical_plan");
        // The shell says it once, and the driver within.
        Expect.that(text.split("Error").length == 3, "errors other than one: " + text);
        Expect.contains("error", text, "nothing");
    }

    @Check(writes = true)
    static void sqlline_changes(Servers servers) throws Exception {
        String text = session(servers.writableUrl(), """
                DROP TABLE IF EXISTS shell;
                CREATE TABLE shell (id BIGINT, name VARCHAR);
                INSERT INTO shell VALUES (1, 'one'), (2, 'two');
                CREATE VIEW shell_view AS SELECT id FROM shell;
                !tables
                !columns "shell"
                SELECT s.name FROM shell AS s JOIN shell_view AS v ON v.id = s.id ORDER BY 1;
                DROP VIEW shell_view;
                DROP TABLE shell;
                """);
        Expect.contains("session", text, "2 rows affected", "2 rows selected", "No rows affected");
        row(text, "flightstream", "public", "shell", "TABLE");
        row(text, "flightstream", "public", "shell_view", "VIEW");
        row(text, "flightstream", "public", "shell", "name", "12", "VARCHAR");
        row(text, "two");
        Expect.that(!text.contains("Error"), "an error: " + text);
    }

    /** Fails unless a row of a table in the output begins with the cells. */
    private static void row(String text, String... cells) {
        var pattern = new StringBuilder("(?m)^\\|");
        for (String cell : cells) {
            pattern.append("\\s+").append(Pattern.quote(cell)).append("\\s+\\|");
        }
        Expect.that(Pattern.compile(pattern.toString()).matcher(text.replaceAll("(?m)^.*> (?=[|+])", "")).find(),
                "no row " + List.of(cells) + " in: " + text);
    }
}
