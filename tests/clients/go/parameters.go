package main

import (
	"fmt"

	"github.com/apache/arrow-adbc/go/adbc"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Values for placeholders: F29, F30, F32, F34 and F38.
func init() {
	reads("f29_parameters_of_every_type", parametersOfEveryType)
	reads("f29_null_parameters", nullParameters)
	reads("f30_parameter_schema", parameterSchema)
	reads("f32_wrong_parameters", wrongParameters)
	reads("f34_several_parameter_rows", severalParameterRows)
	reads("f34_parameters_from_a_stream", parametersFromAStream)
	reads("f38_schema_before_binding", schemaBeforeBinding)
}

// bound returns the rows of a prepared query with parameters from JSON rows.
func (c connection) bound(sql string, schema *arrow.Schema, rows string) (got [][]string) {
	c.statement(sql, func(statement adbc.Statement) {
		need(statement.Prepare(background))
		need(statement.Bind(background, batch(schema, rows)))
		got = executed(statement)
	})
	return got
}

// tryBound returns the error of preparing, binding and running.
func (c connection) tryBound(sql string, schema *arrow.Schema, rows string) (err error) {
	c.statement(sql, func(statement adbc.Statement) {
		need(statement.Prepare(background))
		if err = statement.Bind(background, batch(schema, rows)); err == nil {
			err = drained(background, statement)
		}
	})
	return err
}

func parametersOfEveryType(t target) {
	micros := &arrow.TimestampType{Unit: arrow.Microsecond}
	cases := []struct {
		column string
		kind   arrow.DataType
		value  string
	}{
		{"int8", arrow.PrimitiveTypes.Int64, `-128`},
		{"int32", arrow.PrimitiveTypes.Int64, `2147483647`},
		{"int64", arrow.PrimitiveTypes.Int64, `-9223372036854775808`},
		{"float64", arrow.PrimitiveTypes.Float64, `0.1`},
		{"amount", &arrow.Decimal128Type{Precision: 10, Scale: 2}, `"12345678.90"`},
		{"day", arrow.FixedWidthTypes.Date32, `"2024-02-29"`},
		{"at", micros, `"2024-02-29 12:30:00.123456"`},
		{"clock", arrow.FixedWidthTypes.Time64us, `"23:59:59.999999"`},
		{"text", arrow.BinaryTypes.String, `"naïve 🚲"`},
		{"bytes", arrow.BinaryTypes.Binary, `"AP8Q"`},
		{"flag", arrow.FixedWidthTypes.Boolean, `true`},
		{"label", arrow.BinaryTypes.String, `"red"`},
	}
	t.read(func(c connection) {
		for _, one := range cases {
			sql := fmt.Sprintf("SELECT count(*) FROM messy.types WHERE %s = ?", one.column)
			got := c.bound(sql, fields("0", one.kind), fmt.Sprintf(`[{"0": %s}]`, one.value))
			same(one.column, got, [][]string{{"1"}})
		}
		same("sum", c.bound("SELECT ? + 1", fields("0", arrow.PrimitiveTypes.Int64), `[{"0": 41}]`), [][]string{{"42"}})
		numbered := c.bound("SELECT $2 || $1", fields("a", arrow.BinaryTypes.String, "b", arrow.BinaryTypes.String),
			`[{"a": "x", "b": "y"}]`)
		same("numbered", numbered, [][]string{{"yx"}})
	})
}

func nullParameters(t target) {
	t.read(func(c connection) {
		for _, kind := range []arrow.DataType{arrow.PrimitiveTypes.Int64, arrow.BinaryTypes.String, arrow.Null} {
			sql := "SELECT coalesce(?, from_station) FROM trips WHERE trip_id = 1001"
			if kind.ID() != arrow.INT64 {
				same(kind.String(), c.bound(sql, fields("0", kind), `[{"0": null}]`), [][]string{{"ATH-1"}})
			}
			sql = "SELECT count(*) FROM trips WHERE trip_id = ?"
			same(kind.String(), c.bound(sql, fields("0", kind), `[{"0": null}]`), [][]string{{"0"}})
		}
	})
}

func parameterSchema(t target) {
	t.read(func(c connection) {
		sql := "SELECT '?', trip_id /* ? */ FROM trips WHERE trip_id = ? AND from_station = ? AND started_at < ?" +
			" AND fare > ? AND member = ? LIMIT ? -- ?"
		c.statement(sql, func(statement adbc.Statement) {
			need(statement.Prepare(background))
			schema := must(statement.GetParameterSchema())
			kinds := []arrow.Type{arrow.INT64, arrow.STRING, arrow.TIMESTAMP, arrow.FLOAT64, arrow.BOOL, arrow.INT64}
			same("count", schema.NumFields(), len(kinds))
			for n, kind := range kinds {
				field := schema.Field(n)
				same("name", field.Name, fmt.Sprintf("$%d", n+1))
				same("type of "+field.Name, field.Type.ID(), kind)
				that(field.Nullable, "%s is not nullable", field.Name)
			}
			same("unit", schema.Field(2).Type.(*arrow.TimestampType).Unit, arrow.Millisecond)
		})
	})
}

func wrongParameters(t target) {
	one := fields("0", arrow.PrimitiveTypes.Int64)
	two := fields("0", arrow.PrimitiveTypes.Int64, "1", arrow.PrimitiveTypes.Int64)
	t.read(func(c connection) {
		sql := "SELECT trip_id FROM trips WHERE trip_id = ?"
		fails("too many", c.tryBound(sql, two, `[{"0": 1, "1": 2}]`), adbc.StatusInvalidArgument)
		fails("too few", c.tryBound(sql+" OR trip_id = ?", one, `[{"0": 1}]`), adbc.StatusInvalidArgument)
		words := fields("0", arrow.BinaryTypes.String)
		fails("type", c.tryBound(sql, words, `[{"0": "north"}]`), adbc.StatusInvalidArgument)
		c.statement(sql, func(statement adbc.Statement) {
			need(statement.Prepare(background))
			fails("none", drained(background, statement), adbc.StatusInvalidArgument)
		})
		same("text as a number", c.bound("SELECT trip_id FROM trips WHERE trip_id = ?", words, `[{"0": "1001"}]`),
			[][]string{{"1001"}})
	})
}

// severalParameterRows runs a query once a row of parameters, in their order.
func severalParameterRows(t target) {
	t.read(func(c connection) {
		rows := `[{"0": 1}, {"0": 2}, {"0": 3}, {"0": 4}]`
		got := c.bound("SELECT 1 + ?", fields("0", arrow.PrimitiveTypes.Int64), rows)
		same("rows", got, [][]string{{"2"}, {"3"}, {"4"}, {"5"}})
	})
}

func parametersFromAStream(t target) {
	schema := fields("0", arrow.PrimitiveTypes.Int64)
	t.read(func(c connection) {
		stream := must(array.NewRecordReader(schema, []arrow.RecordBatch{
			batch(schema, `[{"0": 1001}]`), batch(schema, `[]`), batch(schema, `[{"0": 1003}, {"0": 1002}]`)}))
		c.statement("SELECT trip_id FROM trips WHERE trip_id = ?", func(statement adbc.Statement) {
			need(statement.Prepare(background))
			need(statement.BindStream(background, stream))
			same("rows", executed(statement), [][]string{{"1001"}, {"1003"}, {"1002"}})
		})
	})
}

func schemaBeforeBinding(t target) {
	t.read(func(c connection) {
		c.statement("SELECT ? AS word, ? + 1 AS number, trip_id FROM trips", func(statement adbc.Statement) {
			need(statement.Prepare(background))
			planned := must(statement.(adbc.StatementExecuteSchema).ExecuteSchema(background))
			schema := fields("0", arrow.BinaryTypes.String, "1", arrow.PrimitiveTypes.Int64)
			need(statement.Bind(background, batch(schema, `[{"0": "a", "1": 1}]`)))
			reader, _, err := statement.ExecuteQuery(background)
			need(err)
			defer reader.Release()
			that(reader.Schema().Equal(planned), "%s, planned %s", reader.Schema(), planned)
		})
	})
}
