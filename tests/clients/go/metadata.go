package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/apache/arrow-adbc/go/adbc"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// What ADBC asks about tables: F47, F49 and F54.
func init() {
	reads("f47_objects", objects)
	reads("f47_objects_filtered", objectsFiltered)
	reads("f49_table_schema", tableSchema)
	reads("f54_info", info)
	reads("f54_table_types", tableTypes)
}

// tree is what GetObjects returns, as JSON.
type tree []struct {
	Name    string `json:"catalog_name"`
	Schemas []struct {
		Name   string `json:"db_schema_name"`
		Tables []struct {
			Name    string `json:"table_name"`
			Type    string `json:"table_type"`
			Columns []struct {
				Name    string `json:"column_name"`
				Ordinal int    `json:"ordinal_position"`
				Type    string `json:"xdbc_type_name"`
			} `json:"table_columns"`
		} `json:"db_schema_tables"`
	} `json:"catalog_db_schemas"`
}

func (c connection) objects(depth adbc.ObjectDepth, catalog, schema, table, column *string, types ...string) tree {
	return treeOf(must(c.GetObjects(background, depth, catalog, schema, table, column, types)))
}

func treeOf(reader array.RecordReader) (found tree) {
	defer reader.Release()
	for reader.Next() {
		var part tree
		need(json.Unmarshal(must(reader.RecordBatch().MarshalJSON()), &part))
		found = append(found, part...)
	}
	need(reader.Err())
	return found
}

// names returns `schema.table TYPE` of every table.
func (t tree) names() (names []string) {
	for _, catalog := range t {
		for _, schema := range catalog.Schemas {
			for _, table := range schema.Tables {
				names = append(names, schema.Name+"."+table.Name+" "+table.Type)
			}
		}
	}
	return names
}

func objects(t target) {
	t.read(func(c connection) {
		catalogs := c.objects(adbc.ObjectDepthCatalogs, nil, nil, nil, nil)
		same("catalogs", []any{len(catalogs), catalogs[0].Name}, []any{1, "flightstream"})
		var schemas []string
		for _, schema := range c.objects(adbc.ObjectDepthDBSchemas, nil, nil, nil, nil)[0].Schemas {
			schemas = append(schemas, schema.Name)
		}
		for _, name := range []string{"messy", "public", "sales"} {
			that(slices.Contains(schemas, name), "no %s in %v", name, schemas)
		}
		tables := c.objects(adbc.ObjectDepthTables, nil, nil, nil, nil).names()
		that(len(tables) >= 50, "only %d tables", len(tables))
		for _, name := range []string{"public.trips TABLE", "public.busiest_routes VIEW", "messy.types TABLE"} {
			that(slices.Contains(tables, name), "no %s in %v", name, tables)
		}
	})
}

func objectsFiltered(t target) {
	sales, trips, station, nowhere := "sales", "trips", "%station", "nowhere"
	t.read(func(c connection) {
		same("schema", c.objects(adbc.ObjectDepthTables, nil, &sales, nil, nil).names(),
			[]string{"sales.2024 TABLE", "sales.2025 TABLE"})
		same("views", len(c.objects(adbc.ObjectDepthTables, nil, nil, nil, nil, "VIEW").names()), 3)
		same("nothing", len(c.objects(adbc.ObjectDepthTables, nil, nil, &nowhere, nil).names()), 0)
		found := c.objects(adbc.ObjectDepthColumns, nil, nil, &trips, &station)
		var columns []string
		for _, schema := range found[0].Schemas {
			for _, table := range schema.Tables {
				for _, column := range table.Columns {
					columns = append(columns, strings.Join([]string{table.Name, column.Name, column.Type}, " "))
				}
			}
		}
		same("columns", columns, []string{"trips from_station VARCHAR", "trips to_station VARCHAR"})
	})
}

func tableSchema(t target) {
	messy, public, nowhere := "messy", "public", "nowhere"
	t.read(func(c connection) {
		for _, table := range []struct {
			schema *string
			name   string
		}{{nil, "trips"}, {&public, "trips"}, {&messy, "under_score"}, {&messy, "types"}} {
			schema := must(c.GetTableSchema(background, nil, table.schema, table.name))
			sql := `SELECT * FROM "` + table.name + `"`
			if table.schema != nil {
				sql = `SELECT * FROM ` + *table.schema + `."` + table.name + `"`
			}
			c.statement(sql, func(statement adbc.Statement) {
				reader, _, err := statement.ExecuteQuery(background)
				need(err)
				defer reader.Release()
				same(table.name, len(schema.Fields()), len(reader.Schema().Fields()))
				for n, field := range reader.Schema().Fields() {
					same(table.name, schema.Field(n).Name, field.Name)
					same(field.Name, schema.Field(n).Type.String(), field.Type.String())
				}
			})
		}
		_, err := c.GetTableSchema(background, nil, nil, "nowhere")
		fails("missing", err, adbc.StatusNotFound)
		_, err = c.GetTableSchema(background, nil, &nowhere, "trips")
		fails("missing schema", err, adbc.StatusNotFound)
	})
}

func info(t target) {
	t.read(func(c connection) {
		codes := []adbc.InfoCode{adbc.InfoVendorName, adbc.InfoVendorVersion, adbc.InfoVendorSql}
		rows := all(must(c.GetInfo(background, codes)))
		that(len(rows) >= 3, "info %v", rows)
		that(strings.Contains(strings.Join(column(rows, 1), " "), "FlightStream"), "info %v", rows)
		that(len(all(must(c.GetInfo(background, nil)))) > len(rows), "no driver info")
	})
}

func tableTypes(t target) {
	t.read(func(c connection) {
		types := column(all(must(c.GetTableTypes(background))), 0)
		that(slices.Contains(types, "TABLE") && slices.Contains(types, "VIEW"), "types %v", types)
	})
}
