package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/apache/arrow-adbc/go/adbc"
	driver "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// target is where the servers under test listen, both over the sample files: one that only reads, and one that clients
// may write to, or nothing.
type target struct{ reading, writable string }

// check is one named check; it passes if it returns without a panic.
type check struct {
	name   string
	writes bool
	run    func(target)
}

var checks []check

// reads registers a check of the server that only reads.
func reads(name string, run func(target)) {
	checks = append(checks, check{name, false, run})
}

// writes registers a check of the server that clients may write to.
func writes(name string, run func(target)) {
	checks = append(checks, check{name, true, run})
}

// options are the database options of a connection.
type options map[string]string

// background is the context of calls that nothing ends early.
var background = context.Background()

// read uses a connection to the server that only reads.
func (t target) read(use func(connection)) { connect(t.reading, nil, use) }

// write uses a connection to the server that clients may write to.
func (t target) write(use func(connection)) { connect(t.writable, nil, use) }

// connection is an ADBC connection.
type connection struct{ adbc.Connection }

// connect opens a database and a connection, and closes both after their use.
func connect(url string, more options, use func(connection)) {
	given := options{adbc.OptionKeyURI: url}
	for key, value := range more {
		given[key] = value
	}
	database := must(driver.NewDriver(memory.DefaultAllocator).NewDatabase(given))
	defer database.Close()
	// The driver logs every stream that ends early, as some must here.
	database.(adbc.DatabaseLogging).SetLogger(slog.New(slog.DiscardHandler))
	opened := must(database.Open(background))
	defer func() { need(opened.Close()) }()
	use(connection{opened})
}

// statement uses a statement with its SQL set.
func (c connection) statement(sql string, use func(adbc.Statement)) {
	statement := must(c.NewStatement())
	defer func() { need(statement.Close()) }()
	need(statement.SetSqlQuery(sql))
	use(statement)
}

// rows returns a query's rows as text.
func (c connection) rows(sql string) (rows [][]string) {
	c.statement(sql, func(statement adbc.Statement) { rows = executed(statement) })
	return rows
}

// value returns the only value of a query as text.
func (c connection) value(sql string) string {
	return c.rows(sql)[0][0]
}

// update runs a statement that counts rows, and returns the count.
func (c connection) update(sql string) (count int64) {
	c.statement(sql, func(statement adbc.Statement) { count = must(statement.ExecuteUpdate(background)) })
	return count
}

// try runs a query to its end and returns its error.
func (c connection) try(sql string) (err error) {
	c.statement(sql, func(statement adbc.Statement) { err = drained(background, statement) })
	return err
}

// drained executes a statement, reads all of its rows and returns the first error.
func drained(ctx context.Context, statement adbc.Statement) error {
	reader, _, err := statement.ExecuteQuery(ctx)
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
	}
	return reader.Err()
}

// executed returns the rows of a statement that is ready to run.
func executed(statement adbc.Statement) [][]string {
	reader, _, err := statement.ExecuteQuery(background)
	need(err)
	return all(reader)
}

// all reads a stream to its end and returns its rows as text.
func all(reader array.RecordReader) [][]string {
	defer reader.Release()
	rows := [][]string{}
	for reader.Next() {
		batch := reader.RecordBatch()
		for row := range int(batch.NumRows()) {
			var values []string
			for _, column := range batch.Columns() {
				values = append(values, column.ValueStr(row))
			}
			rows = append(rows, values)
		}
	}
	need(reader.Err())
	return rows
}

// column returns one column of rows.
func column(rows [][]string, n int) []string {
	values := []string{}
	for _, row := range rows {
		values = append(values, row[n])
	}
	return values
}

// batch makes a batch from rows in JSON, an array of objects.
func batch(schema *arrow.Schema, rows string) arrow.RecordBatch {
	made, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(rows))
	need(err)
	return made
}

// fields makes a schema of nullable fields from names and types in turn.
func fields(pairs ...any) *arrow.Schema {
	var made []arrow.Field
	for n := 0; n < len(pairs); n += 2 {
		made = append(made, arrow.Field{Name: pairs[n].(string), Type: pairs[n+1].(arrow.DataType), Nullable: true})
	}
	return arrow.NewSchema(made, nil)
}

// must returns the value of a call that must not fail.
func must[V any](value V, err error) V {
	need(err)
	return value
}

// need panics with an error that must not be.
func need(err error) {
	if err != nil {
		panic(err)
	}
}

// that panics unless the condition holds.
func that(holds bool, otherwise string, values ...any) {
	if !holds {
		panic(fmt.Sprintf(otherwise, values...))
	}
}

// same panics unless both are equal.
func same(what string, got, expected any) {
	that(reflect.DeepEqual(got, expected), "%s: %v, expected %v", what, got, expected)
}

// fails panics unless the error has the status and contains the words.
func fails(what string, err error, status adbc.Status, words ...string) {
	that(err != nil, "%s: no error", what)
	var found adbc.Error
	that(errors.As(err, &found), "%s: no ADBC error: %v", what, err)
	that(found.Code == status, "%s: %s, expected %s: %v", what, found.Code, status, err)
	for _, word := range words {
		that(strings.Contains(err.Error(), word), "%s: no %q in: %v", what, word, err)
	}
}

// soon panics if the work takes longer than it may.
func soon(what string, limit time.Duration, work func()) {
	started := time.Now()
	work()
	that(time.Since(started) < limit, "%s took %s", what, time.Since(started))
}
