package main

import (
	"fmt"

	"github.com/apache/arrow-adbc/go/adbc"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Statements that change something, and bulk ingestion: F40 to F45.
func init() {
	writes("f40_views_through_queries", viewsThroughQueries)
	writes("f42_counts", counts)
	writes("f43_parameter_rows", parameterRows)
	reads("f44_refused_by_a_reading_server", refused)
	writes("f44_files_stay_as_they_are", filesStay)
	writes("f45_ingest_modes", ingestModes)
	writes("f45_ingest_many_batches", ingestManyBatches)
	writes("f45_ingest_every_type", ingestEveryType)
	writes("f45_ingest_into_a_schema", ingestIntoASchema)
	reads("f45_ingest_refused_by_a_reading_server", ingestRefused)
}

func viewsThroughQueries(t target) {
	t.write(func(c connection) {
		c.rows("DROP VIEW IF EXISTS g40")
		same("count", c.rows("CREATE VIEW g40 AS SELECT trip_id FROM trips"), [][]string{{"0"}})
		same("rows", c.value("SELECT count(*) FROM g40"), "240")
		c.rows("DROP VIEW g40")
		that(c.try("SELECT * FROM g40") != nil, "the view is still there")
		c.update("DROP TABLE IF EXISTS g40_table")
		c.update("CREATE TABLE g40_table (a BIGINT)")
		same("insert", c.rows("INSERT INTO g40_table VALUES (1), (2)"), [][]string{{"2"}})
		same("once", c.value("SELECT count(*) FROM g40_table"), "2")
		c.update("DROP TABLE g40_table")
	})
}

func counts(t target) {
	t.write(func(c connection) {
		for _, step := range []struct {
			sql   string
			count int64
		}{
			{"DROP TABLE IF EXISTS g42", 0},
			{"CREATE TABLE g42 (a BIGINT, b VARCHAR)", 0},
			{"INSERT INTO g42 VALUES (1, 'x'), (2, NULL)", 2},
			{"INSERT INTO g42 (a) SELECT trip_id FROM trips", 240},
			{"INSERT INTO g42 SELECT trip_id, remark FROM trips WHERE false", 0},
			{"CREATE OR REPLACE TABLE g42 AS SELECT a FROM g42 WHERE a > 1000", 240},
			{"DROP TABLE g42", 0},
		} {
			same(step.sql, c.update(step.sql), step.count)
		}
	})
}

func parameterRows(t target) {
	schema := fields("0", arrow.PrimitiveTypes.Int64, "1", arrow.BinaryTypes.String)
	t.write(func(c connection) {
		c.update("CREATE OR REPLACE TABLE g43 (a BIGINT, b VARCHAR)")
		c.statement("INSERT INTO g43 VALUES (?, ?)", func(statement adbc.Statement) {
			need(statement.Prepare(background))
			three := batch(schema, `[{"0": 1, "1": "x"}, {"0": 2, "1": null}, {"0": 3, "1": "z"}]`)
			need(statement.Bind(background, three))
			same("count", must(statement.ExecuteUpdate(background)), int64(3))
		})
		same("rows", c.rows("SELECT * FROM g43 ORDER BY a"), [][]string{{"1", "x"}, {"2", "(null)"}, {"3", "z"}})
		c.update("DROP TABLE g43")
	})
}

func refused(t target) {
	t.read(func(c connection) {
		for _, sql := range []string{"CREATE TABLE g44 (a BIGINT)", "CREATE VIEW g44 AS SELECT 1 AS one",
			"INSERT INTO trips SELECT * FROM trips", "DROP TABLE trips", "DELETE FROM trips"} {
			fails(sql, c.try(sql), adbc.StatusUnauthorized, "--writable")
			c.statement(sql, func(statement adbc.Statement) {
				_, err := statement.ExecuteUpdate(background)
				fails(sql, err, adbc.StatusUnauthorized, "--writable")
				fails(sql, statement.Prepare(background), adbc.StatusUnauthorized, "--writable")
			})
		}
		same("rows", c.value("SELECT count(*) FROM trips"), "240")
	})
}

func filesStay(t target) {
	t.write(func(c connection) {
		for sql, status := range map[string]adbc.Status{
			"DROP TABLE trips":                      adbc.StatusUnauthorized,
			"INSERT INTO trips SELECT * FROM trips": adbc.StatusUnauthorized,
			"COPY trips TO '/tmp/stolen.csv'":       adbc.StatusUnauthorized,
			"CREATE EXTERNAL TABLE secrets (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd'": adbc.StatusUnauthorized,
			"CREATE TABLE trips (a BIGINT)":      adbc.StatusAlreadyExists,
			"UPDATE trips SET fare = 0":          adbc.StatusInvalidArgument,
			"DELETE FROM trips WHERE member":     adbc.StatusInvalidArgument,
			"ALTER TABLE trips ADD COLUMN a INT": adbc.StatusInvalidArgument,
		} {
			fails(sql, c.try(sql), status)
		}
		same("rows", c.value("SELECT count(*) FROM trips"), "240")
	})
}

// ingest writes batches into a table by a mode, and returns the count and the error.
func (c connection) ingest(
	table, mode string, more adbc.IngestStreamOptions, batches ...arrow.RecordBatch,
) (int64, error) {
	stream := must(array.NewRecordReader(batches[0].Schema(), batches))
	return adbc.IngestStream(background, c, stream, table, mode, more)
}

func ingestModes(t target) {
	schema := fields("n", arrow.PrimitiveTypes.Int64, "word", arrow.BinaryTypes.String)
	two := batch(schema, `[{"n": 1, "word": "one"}, {"n": 2, "word": null}]`)
	none := adbc.IngestStreamOptions{}
	t.write(func(c connection) {
		c.update("DROP TABLE IF EXISTS g45")
		_, err := c.ingest("g45", adbc.OptionValueIngestModeAppend, none, two)
		fails("append to nothing", err, adbc.StatusNotFound, "g45")
		same("create", must(c.ingest("g45", adbc.OptionValueIngestModeCreate, none, two)), int64(2))
		_, err = c.ingest("g45", adbc.OptionValueIngestModeCreate, none, two)
		fails("create again", err, adbc.StatusAlreadyExists, "g45")
		same("append", must(c.ingest("g45", adbc.OptionValueIngestModeAppend, none, two)), int64(2))
		same("both", must(c.ingest("g45", adbc.OptionValueIngestModeCreateAppend, none, two)), int64(2))
		same("rows", c.rows("SELECT count(*), sum(n), count(word) FROM g45"), [][]string{{"6", "9", "3"}})
		other := batch(fields("word", arrow.FixedWidthTypes.Boolean), `[{"word": true}]`)
		_, err = c.ingest("g45", adbc.OptionValueIngestModeAppend, none, other)
		fails("other columns", err, adbc.StatusInvalidArgument)
		same("replace", must(c.ingest("g45", adbc.OptionValueIngestModeReplace, none, other)), int64(1))
		same("replaced", c.rows("SELECT * FROM g45"), [][]string{{"true"}})
		c.update("DROP TABLE g45")
	})
}

func ingestManyBatches(t target) {
	schema := fields("n", arrow.PrimitiveTypes.Int64)
	batches := []arrow.RecordBatch{batch(schema, `[]`)}
	for n := range 100 {
		batches = append(batches, batch(schema, fmt.Sprintf(`[{"n": %d}, {"n": %d}]`, 2*n, 2*n+1)))
	}
	t.write(func(c connection) {
		c.update("DROP TABLE IF EXISTS g45_many")
		none := adbc.IngestStreamOptions{}
		same("count", must(c.ingest("g45_many", adbc.OptionValueIngestModeCreate, none, batches...)), int64(200))
		same("rows", c.rows("SELECT count(*), sum(n) FROM g45_many"), [][]string{{"200", "19900"}})
		c.update("DROP TABLE g45_many")
		same("nothing", must(c.ingest("g45_many", adbc.OptionValueIngestModeCreate, none, batches[0])), int64(0))
		same("an empty table", c.value("SELECT count(*) FROM g45_many"), "0")
		c.update("DROP TABLE g45_many")
	})
}

// ingestEveryType writes what the server sent back into a table of its own.
func ingestEveryType(t target) {
	t.write(func(c connection) {
		sql := "SELECT * FROM messy.types ORDER BY int8 NULLS LAST"
		rows := c.rows(sql)
		c.statement(sql, func(statement adbc.Statement) {
			reader, _, err := statement.ExecuteQuery(background)
			need(err)
			count := must(adbc.IngestStream(background, c, reader, "g45_types", adbc.OptionValueIngestModeReplace,
				adbc.IngestStreamOptions{}))
			same("count", count, int64(3))
		})
		same("rows", c.rows("SELECT * FROM g45_types ORDER BY int8 NULLS LAST"), rows)
		c.update("DROP TABLE g45_types")
	})
}

func ingestIntoASchema(t target) {
	one := batch(fields("n", arrow.PrimitiveTypes.Int64), `[{"n": 1}]`)
	t.write(func(c connection) {
		c.update("DROP TABLE IF EXISTS g45_schema.inner")
		there := adbc.IngestStreamOptions{Catalog: "flightstream", DBSchema: "g45_schema"}
		same("count", must(c.ingest("inner", adbc.OptionValueIngestModeCreate, there, one)), int64(1))
		same("rows", c.rows("SELECT * FROM g45_schema.inner"), [][]string{{"1"}})
		c.update("DROP TABLE g45_schema.inner")
		_, err := c.ingest("inner", adbc.OptionValueIngestModeCreate, adbc.IngestStreamOptions{Catalog: "nowhere"}, one)
		that(err != nil, "an unknown catalog was taken")
	})
}

func ingestRefused(t target) {
	one := batch(fields("n", arrow.PrimitiveTypes.Int64), `[{"n": 1}]`)
	t.read(func(c connection) {
		_, err := c.ingest("g45", adbc.OptionValueIngestModeCreate, adbc.IngestStreamOptions{}, one)
		fails("ingest", err, adbc.StatusUnauthorized, "--writable")
	})
}
