package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
)

// Arrow's own Flight SQL client, which shows more of the protocol than ADBC does.
func init() {
	reads("f13_flight_info", flightInfo)
	reads("f26_tickets_twice_and_garbled", ticketsTwiceAndGarbled)
	reads("f33_prepared_queries", preparedQueries)
	writes("f33_prepared_changes", preparedChanges)
	reads("f36_closed_statements", closedStatements)
	writes("f41_updates", updates)
	reads("f51_keys", keys)
	reads("f53_type_info", typeInfo)
	reads("f57_datasets", datasets)
	reads("f60_actions", actions)
	reads("f65_cancel_flight_info", cancelFlightInfo)
	reads("f66_poll", poll)
	reads("f68_renew", renew)
	reads("f69_session_options", sessionOptions)
	reads("f71_sessions_by_cookie", sessionsByCookie)
	reads("f72_transactions_are_refused", transactionsAreRefused)
	reads("f84_health_and_reflection", healthAndReflection)
}

// client is a Flight SQL client.
type client struct{ *flightsql.Client }

func plain() grpc.DialOption { return grpc.WithTransportCredentials(insecure.NewCredentials()) }

// client uses a client of a server, with what it does to every call.
func (t target) client(url string, use func(client), middleware ...flight.ClientMiddleware) {
	made := must(flightsql.NewClient(strings.TrimPrefix(url, "grpc://"), nil, middleware, plain()))
	made.Alloc = memory.DefaultAllocator
	defer made.Close()
	use(client{made})
}

// get returns the rows of a FlightInfo's endpoints, in their order.
func (c client) get(info *flight.FlightInfo) [][]string {
	rows := [][]string{}
	for _, endpoint := range info.Endpoint {
		rows = append(rows, all(must(c.DoGet(background, endpoint.Ticket)))...)
	}
	return rows
}

// code panics unless the error is a gRPC status with one of the codes.
func code(what string, err error, wanted ...codes.Code) {
	that(err != nil, "%s: no error", what)
	that(slices.Contains(wanted, status.Code(err)), "%s: %v, expected %v", what, err, wanted)
}

func flightInfo(t target) {
	t.client(t.reading, func(c client) {
		info := must(c.Execute(background, "SELECT trip_id FROM trips"))
		same("endpoints", len(info.Endpoint), 1)
		same("locations", len(info.Endpoint[0].Location), 0)
		that(info.FlightDescriptor != nil && len(info.FlightDescriptor.Cmd) > 0, "no descriptor")
		schema := must(flight.DeserializeSchema(info.Schema, memory.DefaultAllocator))
		asked := must(c.GetExecuteSchema(background, "SELECT trip_id FROM trips"))
		that(must(flight.DeserializeSchema(asked.Schema, memory.DefaultAllocator)).Equal(schema), "another schema")
		same("rows", len(c.get(info)), 240)
	})
}

func ticketsTwiceAndGarbled(t target) {
	t.client(t.reading, func(c client) {
		info := must(c.Execute(background, "SELECT trip_id FROM trips ORDER BY 1"))
		same("twice", c.get(info), c.get(info))
		ticket := info.Endpoint[0].Ticket.Ticket
		longer := append(slices.Clone(ticket), 0xff)
		for _, bad := range [][]byte{ticket[:len(ticket)-1], longer, {0xff, 0xfe}, []byte("nowhere")} {
			_, err := c.DoGet(background, &flight.Ticket{Ticket: bad})
			code("a bad ticket", err, codes.InvalidArgument, codes.NotFound)
		}
	})
}

func preparedQueries(t target) {
	t.client(t.reading, func(c client) {
		prepared := must(c.Prepare(background, "SELECT trip_id FROM trips WHERE trip_id = ?"))
		defer prepared.Close(background)
		same("columns", prepared.DatasetSchema().NumFields(), 1)
		same("parameters", prepared.ParameterSchema().NumFields(), 1)
		update, known := prepared.IsUpdate()
		same("is an update", []bool{update, known}, []bool{false, true})
		handle := slices.Clone(prepared.Handle())
		prepared.SetParameters(batch(fields("", arrow.PrimitiveTypes.Int64), `[{"": 1001}]`))
		same("rows", c.get(must(prepared.Execute(background))), [][]string{{"1001"}})
		same("handle", prepared.Handle(), handle)
	})
}

// preparedChanges looks at what drivers tell a change from a query by: a schema without fields, and `is_update`.
func preparedChanges(t target) {
	t.client(t.writable, func(c client) {
		for _, sql := range []string{"CREATE OR REPLACE TABLE g33 (a BIGINT)", "INSERT INTO g33 VALUES (1), (2)",
			"CREATE OR REPLACE VIEW g33_view AS SELECT 1 AS one", "DROP VIEW g33_view", "DROP TABLE g33"} {
			prepared := must(c.Prepare(background, sql))
			same(sql, prepared.DatasetSchema().NumFields(), 0)
			update, known := prepared.IsUpdate()
			same(sql, []bool{update, known}, []bool{true, true})
			count := must(prepared.ExecuteUpdate(background))
			same(sql, count, map[bool]int64{true: 2}[strings.HasPrefix(sql, "INSERT")])
			need(prepared.Close(background))
		}
	})
}

func closedStatements(t target) {
	t.client(t.reading, func(c client) {
		prepared := must(c.Prepare(background, "SELECT 1"))
		closed := must(c.LoadPreparedStatementFromResult(&flightsql.CreatePreparedStatementResult{
			PreparedStatementHandle: prepared.Handle()}))
		need(prepared.Close(background))
		_, err := closed.Execute(background)
		code("a closed handle", err, codes.NotFound)
		need(closed.Close(background))
	})
}

func updates(t target) {
	t.client(t.writable, func(c client) {
		same("create", must(c.ExecuteUpdate(background, "CREATE OR REPLACE TABLE g41 (a BIGINT)")), int64(0))
		same("insert", must(c.ExecuteUpdate(background, "INSERT INTO g41 VALUES (1), (2), (3)")), int64(3))
		// A change runs when its FlightInfo is asked for, and never again, however often its ticket is redeemed.
		info := must(c.Execute(background, "INSERT INTO g41 VALUES (4)"))
		same("count", c.get(info), [][]string{{"1"}})
		same("count again", c.get(info), [][]string{{"1"}})
		must(c.Execute(background, "INSERT INTO g41 VALUES (5)"))
		same("rows", c.get(must(c.Execute(background, "SELECT count(*), sum(a) FROM g41"))), [][]string{{"5", "15"}})
		same("drop", must(c.ExecuteUpdate(background, "DROP TABLE g41")), int64(0))
	})
}

func keys(t target) {
	t.client(t.reading, func(c client) {
		for _, name := range []string{"trips", "%", "nowhere"} {
			table := flightsql.TableRef{Table: name}
			for _, info := range []*flight.FlightInfo{
				must(c.GetPrimaryKeys(background, table)), must(c.GetExportedKeys(background, table)),
				must(c.GetImportedKeys(background, table)), must(c.GetCrossReference(background, table, table)),
			} {
				same(name, c.get(info), [][]string{})
			}
		}
	})
}

func typeInfo(t target) {
	t.client(t.reading, func(c client) {
		types := c.get(must(c.GetXdbcTypeInfo(background, nil)))
		that(slices.Contains(column(types, 0), "VARCHAR"), "types %v", column(types, 0))
		same("columns", len(types[0]), 19)
		varchar := int32(12)
		for _, row := range c.get(must(c.GetXdbcTypeInfo(background, &varchar))) {
			same("data type", row[1], "12")
		}
	})
}

func datasets(t target) {
	t.client(t.reading, func(c client) {
		same("rows", len(all(must(c.DoGet(background, &flight.Ticket{Ticket: []byte("trips")})))), 240)
		_, err := c.DoGet(background, &flight.Ticket{Ticket: []byte("nowhere")})
		code("unknown", err, codes.NotFound)
		listed := must(c.Client.Client.ListFlights(background, &flight.Criteria{}))
		ids := map[string]bool{}
		for {
			info, err := listed.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			need(err)
			ids[strings.Join(info.FlightDescriptor.Path, "/")] = true
		}
		that(ids["trips"] && ids["messy/types"] && len(ids) >= 50, "flights %v", ids)
	})
}

func actions(t target) {
	t.client(t.reading, func(c client) {
		listed := must(c.Client.Client.ListActions(background, &flight.Empty{}))
		names := map[string]bool{}
		for {
			action, err := listed.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			need(err)
			names[action.Type] = true
		}
		for _, name := range []string{"CreatePreparedStatement", "ClosePreparedStatement", "CancelFlightInfo",
			"RenewFlightEndpoint", "SetSessionOptions", "GetSessionOptions", "CloseSession", "CancelQuery"} {
			that(names[name], "no %s in %v", name, names)
		}
		stream := must(c.Client.Client.DoAction(background, &flight.Action{Type: "Nothing"}))
		_, err := stream.Recv()
		code("unknown", err, codes.Unimplemented)
	})
}

func cancelFlightInfo(t target) {
	t.client(t.reading, func(c client) {
		info := must(c.Execute(background, "SELECT a.trip_id FROM "+huge))
		reader := must(c.DoGet(background, info.Endpoint[0].Ticket))
		defer reader.Release()
		that(reader.Next(), "no batch")
		result := must(c.CancelFlightInfo(background, &flight.CancelFlightInfoRequest{Info: info}))
		that(result.Status == flight.CancelStatusCancelled || result.Status == flight.CancelStatusCancelling,
			"status %v", result.Status)
		soon("the end", 10*time.Second, func() {
			for reader.Next() {
			}
		})
		code("reading", reader.Err(), codes.Canceled)
		again, err := c.CancelFlightInfo(background, &flight.CancelFlightInfoRequest{Info: info})
		cancelled := again.GetStatus() == flight.CancelStatusCancelled
		that(cancelled || status.Code(err) == codes.NotFound, "again: %v %v", again, err)
		ticket := info.Endpoint[0].Ticket
		ticket.Ticket = ticket.Ticket[:len(ticket.Ticket)-1]
		unknown, err := c.CancelFlightInfo(background, &flight.CancelFlightInfoRequest{Info: info})
		that(err != nil, "unknown: %v", unknown)
		code("unknown", err, codes.NotFound, codes.InvalidArgument)
	})
}

func poll(t target) {
	t.client(t.reading, func(c client) {
		var descriptor *flight.FlightDescriptor
		for range 100 {
			found := must(c.ExecutePoll(background, "SELECT trip_id FROM trips", descriptor))
			that(found.Info != nil, "no info")
			that(found.Progress == nil || *found.Progress >= 0 && *found.Progress <= 1, "progress %v", found.Progress)
			if descriptor = found.FlightDescriptor; descriptor == nil {
				same("rows", len(c.get(found.Info)), 240)
				return
			}
		}
		panic("it never completes")
	})
}

func renew(t target) {
	t.client(t.reading, func(c client) {
		endpoint := must(c.Execute(background, "SELECT trip_id FROM trips")).Endpoint[0]
		that(endpoint.ExpirationTime != nil, "no expiration time")
		renewed := must(c.RenewFlightEndpoint(background, &flight.RenewFlightEndpointRequest{Endpoint: endpoint}))
		that(renewed.ExpirationTime.AsTime().After(endpoint.ExpirationTime.AsTime()), "not later")
		same("rows", len(all(must(c.DoGet(background, renewed.Ticket)))), 240)
	})
}

// set sets one session option and returns the names of those that were refused, and why.
func (c client) set(name string, value any) map[string]string {
	values := must(flight.NewSessionOptionValues(map[string]any{name: value}))
	result := must(c.SetSessionOptions(background, &flight.SetSessionOptionsRequest{SessionOptions: values}))
	refused := map[string]string{}
	for name, err := range result.Errors {
		refused[name] = err.Value.String()
	}
	return refused
}

// option returns the text of a session option.
func (c client) option(name string) string {
	result := must(c.GetSessionOptions(background, &flight.GetSessionOptionsRequest{}))
	value, ok := result.SessionOptions[name]
	that(ok, "no option %s in %v", name, result.SessionOptions)
	return value.GetStringValue()
}

func sessionOptions(t target) {
	t.client(t.reading, func(c client) {
		same("catalog", c.option("catalog"), "flightstream")
		same("schema", c.option("schema"), "public")
		same("set", c.set("schema", "sales"), map[string]string{})
		same("schema", c.option("schema"), "sales")
		same("rows", c.get(must(c.Execute(background, `SELECT count(*) FROM "2024"`))), [][]string{{"120"}})
		same("name", c.set("colour", "blue"), map[string]string{"colour": "INVALID_NAME"})
		same("value", c.set("schema", "nowhere"), map[string]string{"schema": "INVALID_VALUE"})
		same("catalog", c.set("catalog", "nowhere"), map[string]string{"catalog": "INVALID_VALUE"})
		same("partitions as text", c.set("partitions", "2"), map[string]string{})
		same("partitions as a number", c.set("partitions", int64(2)), map[string]string{})
		same("unset", c.set("schema", nil), map[string]string{})
		same("schema", c.option("schema"), "public")
	}, flight.NewClientCookieMiddleware())
}

func sessionsByCookie(t target) {
	cookies := flight.NewCookieMiddleware()
	t.client(t.reading, func(c client) {
		c.set("schema", "messy")
		t.client(t.reading, func(again client) { same("shared", again.option("schema"), "messy") },
			flight.CreateClientMiddleware(cookies.Clone()))
		t.client(t.reading, func(other client) { same("other", other.option("schema"), "public") },
			flight.NewClientCookieMiddleware())
		closed := must(c.CloseSession(background, &flight.CloseSessionRequest{}))
		same("closed", closed.Status, flight.CloseSessionResultClosed)
	}, flight.CreateClientMiddleware(cookies))
	t.client(t.reading, func(c client) { same("without", c.option("schema"), "public") })
}

func transactionsAreRefused(t target) {
	t.client(t.reading, func(c client) {
		_, err := c.BeginTransaction(background)
		code("begin", err, codes.Unimplemented)
	})
}

func healthAndReflection(t target) {
	connection := must(grpc.NewClient(strings.TrimPrefix(t.reading, "grpc://"), plain()))
	defer connection.Close()
	health := must(grpc_health_v1.NewHealthClient(connection).Check(background, &grpc_health_v1.HealthCheckRequest{}))
	same("health", health.Status, grpc_health_v1.HealthCheckResponse_SERVING)
	stream := must(reflection.NewServerReflectionClient(connection).ServerReflectionInfo(background))
	need(stream.Send(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}))
	var services []string
	for _, service := range must(stream.Recv()).GetListServicesResponse().GetService() {
		services = append(services, service.Name)
	}
	that(slices.Contains(services, "arrow.flight.protocol.FlightService"), "services %v", services)
}
