import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** F73: what a driver says about the server. It comes from GetSqlInfo; up to 18.3 a missing answer is an exception. */
final class Getters {
    /** The getters that read an answer of the server, with the answer; a word that it must contain for a list. */
    private static final Map<String, Object> ANSWERS = new LinkedHashMap<>();

    static {
        answer("FlightStream", "getDatabaseProductName");
        answer("\"", "getIdentifierQuoteString");
        answer("\\", "getSearchStringEscape");
        answer("", "getExtraNameCharacters");
        answer("schema", "getSchemaTerm");
        answer("procedure", "getProcedureTerm");
        answer("catalog", "getCatalogTerm");
        answer(true, "supportsColumnAliasing", "nullPlusNonNullIsNull", "supportsTableCorrelationNames",
                "supportsExpressionsInOrderBy", "supportsOrderByUnrelated", "supportsGroupBy",
                "supportsGroupByUnrelated", "supportsLikeEscapeClause", "supportsNonNullableColumns",
                "supportsMinimumSQLGrammar", "supportsCoreSQLGrammar", "supportsANSI92EntryLevelSQL",
                "supportsOuterJoins", "supportsFullOuterJoins", "supportsLimitedOuterJoins", "isCatalogAtStart",
                "supportsSubqueriesInComparisons", "supportsSubqueriesInExists", "supportsSubqueriesInIns",
                "supportsSubqueriesInQuantifieds", "supportsCorrelatedSubqueries", "supportsUnion",
                "supportsUnionAll", "doesMaxRowSizeIncludeBlobs");
        answer(false, "supportsConvert", "supportsDifferentTableCorrelationNames", "supportsExtendedSQLGrammar",
                "supportsANSI92FullSQL", "supportsIntegrityEnhancementFacility", "supportsSchemasInProcedureCalls",
                "supportsSchemasInIndexDefinitions", "supportsSchemasInPrivilegeDefinitions",
                "supportsCatalogsInIndexDefinitions", "supportsCatalogsInPrivilegeDefinitions",
                "supportsPositionedDelete", "supportsPositionedUpdate", "supportsSelectForUpdate",
                "supportsStoredProcedures", "supportsTransactions", "dataDefinitionCausesTransactionCommit",
                "dataDefinitionIgnoredInTransactions", "supportsSavepoints", "supportsNamedParameters",
                "locatorsUpdateCopy", "supportsStoredFunctionsUsingCallSyntax");
        answer(0, "getMaxBinaryLiteralLength", "getMaxCharLiteralLength", "getMaxColumnNameLength",
                "getMaxColumnsInGroupBy", "getMaxColumnsInIndex", "getMaxColumnsInOrderBy",
                "getMaxColumnsInSelect", "getMaxColumnsInTable", "getMaxConnections", "getMaxCursorNameLength",
                "getMaxIndexLength", "getMaxSchemaNameLength", "getMaxProcedureNameLength",
                "getMaxCatalogNameLength", "getMaxRowSize", "getMaxStatementLength", "getMaxStatements",
                "getMaxTableNameLength", "getMaxTablesInSelect", "getMaxUserNameLength",
                "getDefaultTransactionIsolation");
    }

    private static final Map<String, String> LISTS = Map.of(
            "getSQLKeywords", "SELECT", "getNumericFunctions", "sqrt", "getStringFunctions", "lower",
            "getSystemFunctions", "coalesce", "getTimeDateFunctions", "date_trunc");

    private Getters() {}

    private static void answer(Object value, String... getters) {
        for (String getter : getters) {
            ANSWERS.put(getter, value);
        }
    }

    @Check
    static void f73_every_answer_of_the_server(Servers servers) throws Exception {
        servers.read(connection -> {
            DatabaseMetaData database = connection.getMetaData();
            var wrong = new ArrayList<String>();
            ANSWERS.forEach((getter, expected) -> {
                Object got = call(database, getter);
                if (!expected.equals(got)) {
                    wrong.add(getter + " = " + got + ", expected " + expected);
                }
            });
            Expect.same("answers", wrong, List.of());
            for (var list : LISTS.entrySet()) {
                var words = List.of(call(database, list.getKey()).toString().split(", "));
                Expect.that(words.contains(list.getValue()), list.getKey() + ": " + words);
            }
            String version = database.getDatabaseProductVersion();
            Expect.that(version.matches("\\d+\\.\\d+\\.\\d+.*"), "getDatabaseProductVersion = " + version);
            supports(database);
        });
    }

    /** The answers that depend on an argument. */
    private static void supports(DatabaseMetaData database) throws Exception {
        Expect.that(database.supportsResultSetType(ResultSet.TYPE_FORWARD_ONLY), "no forward-only results");
        Expect.that(!database.supportsResultSetType(ResultSet.TYPE_SCROLL_SENSITIVE), "results that scroll");
        Expect.that(!database.supportsTransactionIsolationLevel(Connection.TRANSACTION_SERIALIZABLE), "serializable");
        Expect.that(database.supportsTransactionIsolationLevel(Connection.TRANSACTION_NONE), "no TRANSACTION_NONE");
        Expect.that(!database.supportsConvert(java.sql.Types.INTEGER, java.sql.Types.VARCHAR), "conversions");
    }

    /** What tools ask on connecting, whether the driver answers it itself or not. */
    @Check
    static void f73_no_getter_fails(Servers servers) throws Exception {
        servers.read(connection -> {
            DatabaseMetaData database = connection.getMetaData();
            var failed = new ArrayList<String>();
            int called = 0;
            for (Method method : DatabaseMetaData.class.getDeclaredMethods()) {
                if (method.getParameterCount() == 0) {
                    called++;
                    Object got = call(database, method.getName());
                    if (got instanceof Exception) {
                        failed.add(method.getName() + ": " + got);
                    }
                    close(got);
                }
            }
            Expect.same("failures", failed, List.of());
            Expect.that(called > 130, "only " + called + " getters");
        });
    }

    @Check
    static void f73_read_only_is_what_the_server_is(Servers servers) throws Exception {
        servers.read(connection -> Expect.same("isReadOnly", connection.getMetaData().isReadOnly(), true));
    }

    @Check(writes = true)
    static void f73_read_only_is_what_the_writable_server_is_not(Servers servers) throws Exception {
        servers.write(connection -> Expect.same("isReadOnly", connection.getMetaData().isReadOnly(), false));
    }

    /** A parameter set of several rows is one update: the driver needs the server to say so before it sends one. */
    @Check(writes = true)
    static void f73_batch_updates(Servers servers) throws Exception {
        servers.write(connection ->
                Expect.same("batches", connection.getMetaData().supportsBatchUpdates(), true));
    }

    private static Object call(DatabaseMetaData database, String getter) {
        try {
            return DatabaseMetaData.class.getMethod(getter).invoke(database);
        } catch (InvocationTargetException error) {
            return error.getCause() instanceof Exception cause ? cause : error;
        } catch (ReflectiveOperationException error) {
            return error;
        }
    }

    private static void close(Object got) throws Exception {
        if (got instanceof ResultSet result) {
            result.close();
        }
    }
}
