#include "exporters/port_config_codec.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "app/strict_json.h"
#include "domain/config_rules.h"
#include "exporters/fixtures.h"

namespace pm {
namespace {

using std::string;

constexpr Timestamp at{std::chrono::milliseconds(1795377910123)};

Port port(int value) {
  return Port::clamped(value);
}

/// All but the order of the histories, which the file does not promise.
void expect_equal(const PortConfig& a, const PortConfig& b) {
  const auto lists = [](const PortConfig& config) {
    return std::map<string, std::vector<Port>>(config.port_history.begin(),
                                               config.port_history.end());
  };
  EXPECT_EQ(a.port_assignments, b.port_assignments);
  EXPECT_EQ(lists(a), lists(b));
  EXPECT_EQ(a.reserved_ports, b.reserved_ports);
  EXPECT_EQ(a.assignment_places, b.assignment_places);
  EXPECT_EQ(a.reservation_details, b.reservation_details);
  EXPECT_EQ(a.unknown_members, b.unknown_members);
}

TEST(PortConfigCodec, ReadsTheGuidesExample) {
  const auto config = parse_port_config(R"({
      "port_assignments": {"itechsmart-ninja": 8002, "legalai-pro": 8000},
      "port_history": {"legalai-pro": [8050, 8075, 8000]},
      "reserved_ports": [9999, 8888],
      "owner": {"team": "ops"}, "last_updated": "2024-12-12T14:30:22Z", "revision": 7})",
                                        "x");
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->port_assignments.size(), 2U);
  EXPECT_EQ(config->port_assignments[0].first, "itechsmart-ninja");
  EXPECT_EQ(config->port_assignments[1].second, port(8000));
  EXPECT_EQ(config->port_history[0].second, (std::vector{port(8050), port(8075), port(8000)}));
  EXPECT_EQ(config->reserved_ports, (std::vector{port(9999), port(8888)}));
  EXPECT_EQ(config->unknown_members, R"({"owner":{"team":"ops"},"revision":7})");
}

TEST(PortConfigCodec, WhatIsOptionalAndWhatIsNoError) {
  for (const auto* text :
       {R"({"port_assignments":{}})",
        R"({"port_assignments":{},"port_history":null,"reserved_ports":null,"last_updated":null})",
        R"({"port_assignments":{},"backup_timestamp":"any text"})"}) {
    const auto config = parse_port_config(text, "x");
    ASSERT_TRUE(config) << text;
    EXPECT_EQ(config->unknown_members, "");
  }
  const auto shared = parse_port_config(R"({"port_assignments":{"a":8000,"b":8000}})", "x");
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->port_assignments.size(), 2U);
}

struct Broken {
  string text;
  ErrorCode code;
  string field;
};

TEST(PortConfigCodec, RefusesBrokenFilesAndNamesTheMember) {
  const auto assignment = [](const string& value) {
    return R"({"port_assignments":{"ok":8000,"svc":)" + value + "}}";
  };
  const auto reserved = [](const string& value) {
    return R"({"port_assignments":{},"reserved_ports":)" + value + "}";
  };
  const auto history = [](const string& value) {
    return R"({"port_assignments":{},"port_history":)" + value + "}";
  };
  const auto places = [](const string& value) {
    return R"({"port_assignments":{},"assignment_places":)" + value + "}";
  };
  const auto details = [](const string& value) {
    return R"({"port_assignments":{},"reservation_details":)" + value + "}";
  };
  const auto named = [](const string& id) {
    return "{\"port_assignments\":{\"" + id + "\":8000}}";
  };
  const std::vector<Broken> cases = {
      {"", ErrorCode::invalid_json, ""},
      {R"({"port_assignments":{"a":80)", ErrorCode::invalid_json, ""},
      {R"({"port_assignments":{"a":8000,"a":8001}})", ErrorCode::invalid_json, ""},
      {R"({"port_assignments":{}}})", ErrorCode::invalid_json, ""},
      {R"({"port_assignments":{},"x":1,"x":2})", ErrorCode::invalid_json, ""},
      {"[]", ErrorCode::invalid_shape, ""},
      {"null", ErrorCode::invalid_shape, ""},
      {"{}", ErrorCode::invalid_shape, "port_assignments"},
      {R"({"port_assignments":null})", ErrorCode::invalid_shape, "port_assignments"},
      {R"({"port_assignments":[]})", ErrorCode::invalid_shape, "port_assignments"},
      {assignment("8000.0"), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("8e3"), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("true"), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("\"8000\""), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("null"), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("[8000]"), ErrorCode::invalid_shape, "port_assignments.svc"},
      {assignment("1023"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("65536"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("0"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("-8000"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("73536"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("18446744073709551615"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {assignment("18446744073709559616"), ErrorCode::out_of_bounds, "port_assignments.svc"},
      {named(""), ErrorCode::invalid_name, "port_assignments"},
      {named("-a"), ErrorCode::invalid_name, "port_assignments"},
      {named("a/b"), ErrorCode::invalid_name, "port_assignments"},
      {named("a b"), ErrorCode::invalid_name, "port_assignments"},
      {named("\xC3\xA4"), ErrorCode::invalid_name, "port_assignments"},
      {named(string(129, 'a')), ErrorCode::invalid_name, "port_assignments"},
      {history("[]"), ErrorCode::invalid_shape, "port_history"},
      {history(R"({"a":8000})"), ErrorCode::invalid_shape, "port_history.a"},
      {history(R"({"a":[8000,"x"]})"), ErrorCode::invalid_shape, "port_history.a[1]"},
      {history(R"({"a":[80]})"), ErrorCode::out_of_bounds, "port_history.a[0]"},
      {history(R"({"a b":[]})"), ErrorCode::invalid_name, "port_history"},
      {reserved("{}"), ErrorCode::invalid_shape, "reserved_ports"},
      {reserved("[8888,8888]"), ErrorCode::invalid_shape, "reserved_ports"},
      {reserved("[80]"), ErrorCode::out_of_bounds, "reserved_ports[0]"},
      {reserved("[8888,null]"), ErrorCode::invalid_shape, "reserved_ports[1]"},
      {places("[]"), ErrorCode::invalid_shape, "assignment_places"},
      {places(R"({"a":"udp"})"), ErrorCode::invalid_shape, "assignment_places.a"},
      {places(R"({"a":{"protocol":17}})"), ErrorCode::invalid_shape,
       "assignment_places.a.protocol"},
      {places(R"({"a":{"protocol":"sctp"}})"), ErrorCode::out_of_bounds,
       "assignment_places.a.protocol"},
      {places(R"({"a":{"host":"a b"}})"), ErrorCode::out_of_bounds, "assignment_places.a.host"},
      {places(R"({"a b":{}})"), ErrorCode::invalid_name, "assignment_places"},
      {details("[]"), ErrorCode::invalid_shape, "reservation_details"},
      {details(R"({"80":{}})"), ErrorCode::out_of_bounds, "reservation_details.80"},
      {details(R"({"printers":{}})"), ErrorCode::invalid_shape, "reservation_details.printers"},
      {details(R"({" 8000":{}})"), ErrorCode::invalid_shape, "reservation_details. 8000"},
      {details(R"({"08000":{}})"), ErrorCode::invalid_shape, "reservation_details.08000"},
      {details(R"({"8000":true})"), ErrorCode::invalid_shape, "reservation_details.8000"},
      {details(R"({"8000":{"hold":1}})"), ErrorCode::invalid_shape,
       "reservation_details.8000.hold"},
      {details(R"({"8000":{"reason":1}})"), ErrorCode::invalid_shape,
       "reservation_details.8000.reason"},
      {details(R"({"8000":{"service_id":"a b"}})"), ErrorCode::invalid_name,
       "reservation_details.8000.service_id"},
      {R"({"port_assignments":{},"last_updated":5})", ErrorCode::invalid_shape, "last_updated"},
  };
  for (const auto& [text, code, field] : cases) {
    const auto config = parse_port_config(text, "port_config.json");
    ASSERT_FALSE(config) << text;
    EXPECT_STREQ(to_string(config.error().code), to_string(code)) << text;
    EXPECT_EQ(config.error().field, field) << text;
    EXPECT_EQ(config.error().message.rfind("port_config.json", 0), 0U) << config.error().message;
    EXPECT_NO_THROW(Json(config.error().message).dump());
  }
}

TEST(PortConfigCodec, RendersInOrderWithTheTimeLast) {
  auto registry = test::empty_registry();
  test::assign(registry, "zebra", port(8001));
  test::assign(registry, "ant", port(8000));
  test::reserve(registry, port(9999));
  test::reserve(registry, port(8888));
  registry.apply(PutHeldPorts{"gone", {port(8005)}});
  registry.apply(PutHeldPorts{"ant", {port(8003), port(8000)}});
  registry.apply(PutHeldPorts{"zebra", {}});
  registry.apply(PutUnknownMembers{R"({"note":"kept"})"});

  EXPECT_EQ(render_port_config(registry, at, "backup_timestamp"), R"({
  "port_assignments": {
    "zebra": 8001,
    "ant": 8000
  },
  "port_history": {
    "ant": [
      8003,
      8000
    ],
    "gone": [
      8005
    ]
  },
  "reserved_ports": [
    9999,
    8888
  ],
  "note": "kept",
  "backup_timestamp": "2026-11-22T20:05:10Z"
}
)");
}

TEST(PortConfigCodec, LeavesOutWhatIsNotOfTheFile) {
  auto registry = test::empty_registry();
  const auto reserve = [&](const char* host, Protocol protocol, int number, bool temporary) {
    Reservation reservation;
    reservation.key = {host, protocol, port(number)};
    if (temporary) reservation.expires_at = at;
    registry.apply(PutReservation{reservation});
  };
  reserve("127.0.0.1", Protocol::tcp, 8500, true);
  reserve("127.0.0.1", Protocol::udp, 8501, false);
  reserve("elsewhere", Protocol::tcp, 8502, false);
  reserve("127.0.0.1", Protocol::tcp, 8503, false);
  Assignment assignment;
  assignment.service_id = "remote";
  assignment.key = {"elsewhere", Protocol::udp, port(8600)};
  registry.apply(PutAssignment{assignment});

  const auto config = parse_port_config(render_port_config(registry, at, "last_updated"), "x");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->reserved_ports, std::vector{port(8503)});
  ASSERT_EQ(config->port_assignments.size(), 1U);
  EXPECT_EQ(config->port_assignments[0].first, "remote");
}

TEST(PortConfigCodec, UnknownMembersThatAreNoneDoNotSpoilTheFile) {
  auto registry = test::empty_registry();
  for (const auto* text : {"not json", "[1]", R"({"port_assignments":1,"last_updated":2})"}) {
    registry.apply(PutUnknownMembers{text});
    const auto config = parse_port_config(render_port_config(registry, at, "last_updated"), "x");
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->unknown_members, "");
  }
}

string random_id(std::mt19937& random) {
  const string first = "abcXYZ019";
  const string rest = first + "._-";
  string id(1, first[random() % first.size()]);
  for (auto left = random() % 12; left > 0; --left) id += rest[random() % rest.size()];
  return id;
}

PortConfig random_config(std::mt19937& random) {
  const auto random_port = [&] { return port(1024 + static_cast<int>(random() % 64512)); };
  const auto random_ids = [&] {
    std::set<string> ids;
    for (auto left = random() % 40; left > 0; --left) ids.insert(random_id(random));
    std::vector<string> shuffled(ids.begin(), ids.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    return shuffled;
  };
  PortConfig config;
  for (const auto& id : random_ids()) config.port_assignments.emplace_back(id, random_port());
  for (const auto& id : random_ids()) {
    std::vector<Port> ports(1 + random() % 5, random_port());
    config.port_history.emplace_back(id, ports);
  }
  std::set<Port> reserved;
  for (auto left = random() % 10; left > 0; --left) reserved.insert(random_port());
  config.reserved_ports.assign(reserved.begin(), reserved.end());
  std::shuffle(config.reserved_ports.begin(), config.reserved_ports.end(), random);
  for (const auto& [id, port] : config.port_assignments) {
    if (random() % 4 == 0) config.assignment_places[id] = {"db.example", Protocol::udp};
  }
  for (const auto port : config.reserved_ports) {
    if (random() % 2 == 0) config.reservation_details[port] = {"why \xC3\xA4", "kite", true};
    if (random() % 4 == 0) config.reservation_details[port] = {"", "", true};
  }
  Json unknown = Json::object();
  for (const auto& id : random_ids()) unknown[id] = {{"\xC3\xA4\n", random() % 9}, {"b", nullptr}};
  if (!unknown.empty()) config.unknown_members = unknown.dump();
  return config;
}

TEST(PortConfigCodec, RenderedConfigsReadTheSame) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 200; ++round) {
    const auto config = random_config(random);
    const auto text = render_port_config(test::registry_of(config), at, "last_updated");
    const auto again = parse_port_config(text, "x");
    ASSERT_TRUE(again) << again.error().message << text;
    expect_equal(config, *again);
    EXPECT_EQ(render_port_config(test::registry_of(*again), at, "last_updated"), text);
  }
}

TEST(PortConfigCodec, AnImportThroughTheRulesIsExportedTheSame) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    const auto config = random_config(random);
    Draft draft(test::empty_registry(), {"test", "", "", at});
    ASSERT_TRUE(replace_config(draft, config, HistoryAction::import));
    draft.reconcile_conflicts();
    const auto text = render_port_config(draft.registry(), at, "last_updated");
    const auto again = parse_port_config(text, "x");
    ASSERT_TRUE(again) << again.error().message;
    expect_equal(config, *again);
  }
}

TEST(PortConfigCodec, TheSuitesOwnFileIsWrittenAsItIsRendered) {
  const auto text = test::read_text(PM_SOURCE_DIR "/config/port_config.json");
  const auto config = parse_port_config(text, "config/port_config.json");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->port_assignments.size(), 27U);
  const Timestamp written = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22);
  EXPECT_EQ(render_port_config(test::registry_of(*config), written, "last_updated"), text);
}

}  // namespace
}  // namespace pm
