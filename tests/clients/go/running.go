package main

import (
	"context"
	"strconv"
	"time"

	"github.com/apache/arrow-adbc/go/adbc"
	driver "github.com/apache/arrow-adbc/go/adbc/driver/flightsql"
)

// Statements while they run: cancellation, time limits, partitions and sessions, F61 to F70.
func init() {
	reads("f61_cancel_while_reading", cancelWhileReading)
	reads("f62_cancel_before_the_first_row", cancelBeforeTheFirstRow)
	reads("f63_release_after_one_batch", releaseAfterOneBatch)
	reads("f64_timeouts", timeouts)
	reads("f66_incremental_partitions", incrementalPartitions)
	reads("f67_partitions_elsewhere", partitionsElsewhere)
	reads("f67_several_partitions", severalPartitions)
	reads("f70_catalog_and_schema", catalogAndSchema)
	reads("f72_no_transactions", noTransactions)
}

// Billions of rows: no query over them ends by itself in time.
const huge = "trips AS a CROSS JOIN trips AS b CROSS JOIN trips AS c CROSS JOIN trips AS d"

func cancelWhileReading(t target) {
	t.read(func(c connection) {
		c.statement("SELECT a.trip_id FROM "+huge, func(statement adbc.Statement) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			reader, _, err := statement.ExecuteQuery(ctx)
			need(err)
			defer reader.Release()
			that(reader.Next(), "no batch")
			soon("the end", 10*time.Second, func() {
				cancel()
				for reader.Next() {
				}
			})
			fails("reading", reader.Err(), adbc.StatusCancelled)
		})
		same("afterwards", c.value("SELECT 1"), "1")
	})
}

func cancelBeforeTheFirstRow(t target) {
	t.read(func(c connection) {
		c.statement("SELECT count(*), max(a.fare + d.fare) FROM "+huge, func(statement adbc.Statement) {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			time.AfterFunc(500*time.Millisecond, cancel)
			soon("the end", 10*time.Second, func() {
				fails("executing", drained(ctx, statement), adbc.StatusCancelled)
			})
		})
		same("afterwards", c.value("SELECT 1"), "1")
	})
}

func releaseAfterOneBatch(t target) {
	t.read(func(c connection) {
		for range 3 {
			c.statement("SELECT a.* FROM "+huge, func(statement adbc.Statement) {
				reader, _, err := statement.ExecuteQuery(background)
				need(err)
				that(reader.Next(), "no batch")
				soon("the release", 10*time.Second, reader.Release)
			})
		}
		same("afterwards", c.value("SELECT count(*) FROM trips"), "240")
	})
}

func timeouts(t target) {
	t.read(func(c connection) {
		for _, option := range []string{driver.OptionTimeoutQuery, driver.OptionTimeoutFetch} {
			c.statement("SELECT count(*), max(a.fare + d.fare) FROM "+huge, func(statement adbc.Statement) {
				need(statement.SetOption(driver.OptionTimeoutFetch, "0.7"))
				need(statement.SetOption(option, "0.5"))
				soon("the end", 10*time.Second, func() {
					fails(option, drained(background, statement), adbc.StatusTimeout)
				})
			})
		}
		same("afterwards", c.value("SELECT 1"), "1")
	})
}

func incrementalPartitions(t target) {
	t.read(func(c connection) {
		c.statement("SELECT trip_id FROM trips", func(statement adbc.Statement) {
			need(statement.SetOption(adbc.OptionKeyIncremental, "true"))
			rows := 0
			for {
				_, partitions, _, err := statement.ExecutePartitions(background)
				need(err)
				if partitions.NumPartitions == 0 {
					break
				}
				for _, id := range partitions.PartitionIDs {
					rows += len(all(must(c.ReadPartition(background, id))))
				}
				progress := must(statement.(adbc.GetSetOptions).GetOptionDouble(adbc.OptionKeyProgress))
				that(progress >= 0 && progress <= 1, "progress %v", progress)
			}
			same("rows", rows, 240)
		})
	})
}

// partitions returns the partitions of a query.
func (c connection) partitions(sql string) (ids [][]byte) {
	c.statement(sql, func(statement adbc.Statement) {
		schema, found, _, err := statement.ExecutePartitions(background)
		need(err)
		that(schema != nil && schema.NumFields() > 0, "no schema")
		ids = found.PartitionIDs
	})
	return ids
}

func partitionsElsewhere(t target) {
	var ids [][]byte
	t.read(func(c connection) { ids = c.partitions("SELECT trip_id FROM trips") })
	same("partitions", len(ids), 1)
	t.read(func(c connection) {
		rows := all(must(c.ReadPartition(background, ids[0])))
		same("rows", len(rows), 240)
		same("again", all(must(c.ReadPartition(background, ids[0]))), rows)
	})
}

// severalPartitions asks for more of them: every row comes just once, whatever their number is.
func severalPartitions(t target) {
	more := options{driver.OptionRPCCallHeaderPrefix + "x-flightstream-partitions": "4"}
	connect(t.reading, more, func(c connection) {
		seen := map[int]int{}
		for _, id := range c.partitions("SELECT trip_id FROM trips") {
			for _, row := range all(must(c.ReadPartition(background, id))) {
				seen[must(strconv.Atoi(row[0]))]++
			}
		}
		same("trips", len(seen), 240)
		for trip, times := range seen {
			same(strconv.Itoa(trip), times, 1)
		}
	})
}

func catalogAndSchema(t target) {
	connect(t.reading, options{driver.OptionCookieMiddleware: "true"}, func(c connection) {
		session := c.Connection.(adbc.GetSetOptions)
		same("catalog", must(session.GetOption(adbc.OptionKeyCurrentCatalog)), "flightstream")
		same("schema", must(session.GetOption(adbc.OptionKeyCurrentDbSchema)), "public")
		need(session.SetOption(adbc.OptionKeyCurrentDbSchema, "sales"))
		same("schema", must(session.GetOption(adbc.OptionKeyCurrentDbSchema)), "sales")
		same("rows", c.value(`SELECT count(*) FROM "2024"`), "120")
		that(session.SetOption(adbc.OptionKeyCurrentDbSchema, "nowhere") != nil, "an unknown schema was taken")
		that(session.SetOption(adbc.OptionKeyCurrentCatalog, "nowhere") != nil, "an unknown catalog was taken")
		need(session.SetOption(adbc.OptionKeyCurrentCatalog, "flightstream"))
	})
	t.read(func(c connection) {
		session := c.Connection.(adbc.GetSetOptions)
		same("without cookies", must(session.GetOption(adbc.OptionKeyCurrentDbSchema)), "public")
	})
}

func noTransactions(t target) {
	t.read(func(c connection) {
		err := c.Connection.(adbc.PostInitOptions).SetOption(adbc.OptionKeyAutoCommit, adbc.OptionValueDisabled)
		fails("auto-commit off", err, adbc.StatusNotImplemented)
	})
}
