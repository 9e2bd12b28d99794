#include "http/body_members.h"

#include <gmock/gmock.h>

#include <functional>

namespace pm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

HttpRequest with(const std::string& body) {
  HttpRequest request;
  request.body = body;
  return request;
}

BodyMembers members(const std::string& body) {
  return BodyMembers::read(with(body)).value();
}

/// Reads a member from a body and answers what was wrong with it.
template <typename Read>
std::optional<Error> fault_of(const std::string& body, Read&& read) {
  auto all = members(body);
  read(all);
  return all.error();
}

void expect_fault(const std::optional<Error>& fault, ErrorCode code, const std::string& field) {
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, code) << fault->message;
  EXPECT_EQ(fault->field, field);
  EXPECT_THAT(fault->message, HasSubstr(field));
}

TEST(BodyMembers, ABodyIsAnObject) {
  EXPECT_TRUE(BodyMembers::read(with("{}")));
  EXPECT_EQ(BodyMembers::read(with("{")).error().code, ErrorCode::invalid_json);
  EXPECT_EQ(BodyMembers::read(with("{\"a\":1,\"a\":2}")).error().code, ErrorCode::invalid_json);
  for (const char* text : {"[]", "\"a\"", "7", "true", "null"}) {
    EXPECT_EQ(BodyMembers::read(with(text)).error().code, ErrorCode::invalid_shape) << text;
  }
}

TEST(BodyMembers, ABodyMayBeLeftOutWhereItIsOptional) {
  EXPECT_EQ(BodyMembers::read(with("")).error().code, ErrorCode::invalid_json);
  const auto none = BodyMembers::read(with(""), BodyMembers::Body::optional);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has("a"));
  EXPECT_FALSE(BodyMembers::read(with("[]"), BodyMembers::Body::optional));
}

TEST(BodyMembers, Strings) {
  auto all = members(R"({"a": "x", "b": "", "n": null})");
  EXPECT_EQ(all.string("a"), "x");
  EXPECT_EQ(all.string("b"), "");
  EXPECT_EQ(all.optional_string("b"), "");
  EXPECT_EQ(all.optional_string("n"), std::nullopt);
  EXPECT_EQ(all.optional_string("missing"), std::nullopt);
  EXPECT_FALSE(all.error());

  const auto required = [](BodyMembers& each) { EXPECT_EQ(each.string("a"), ""); };
  const auto optional = [](BodyMembers& each) {
    EXPECT_EQ(each.optional_string("a"), std::nullopt);
  };
  expect_fault(fault_of("{}", required), ErrorCode::invalid_shape, "a");
  expect_fault(fault_of(R"({"a": null})", required), ErrorCode::invalid_shape, "a");
  for (const char* value : {"7", "1.5", "true", "[]", "{}", "[\"x\"]"}) {
    const auto body = std::string("{\"a\": ") + value + "}";
    expect_fault(fault_of(body, required), ErrorCode::invalid_shape, "a");
    expect_fault(fault_of(body, optional), ErrorCode::invalid_shape, "a");
  }
}

TEST(BodyMembers, LongStringsAreRefused) {
  const auto read = [](BodyMembers& each) { each.string("a"); };
  const auto body = [](std::size_t size) { return "{\"a\": \"" + std::string(size, 'x') + "\"}"; };
  EXPECT_FALSE(fault_of(body(1'000), read));
  expect_fault(fault_of(body(1'001), read), ErrorCode::out_of_bounds, "a");
}

TEST(BodyMembers, Ports) {
  auto all = members(R"({"lo": 1024, "hi": 65535, "n": null})");
  EXPECT_EQ(all.port("lo").value(), 1024);
  EXPECT_EQ(all.port("hi").value(), 65535);
  EXPECT_EQ(all.optional_port("hi"), Port::clamped(65535));
  EXPECT_EQ(all.optional_port("n"), std::nullopt);
  EXPECT_EQ(all.optional_port("missing"), std::nullopt);
  EXPECT_FALSE(all.error());

  const auto required = [](BodyMembers& each) { each.port("p"); };
  const auto optional = [](BodyMembers& each) { EXPECT_FALSE(each.optional_port("p")); };
  expect_fault(fault_of("{}", required), ErrorCode::invalid_shape, "p");
  expect_fault(fault_of(R"({"p": null})", required), ErrorCode::invalid_shape, "p");
  for (const char* value : {"\"8000\"", "8000.0", "8e3", "true", "[8000]", "{}",
                            "123456789012345678901234567890", "-123456789012345678901234567890"}) {
    const auto body = std::string("{\"p\": ") + value + "}";
    expect_fault(fault_of(body, required), ErrorCode::invalid_shape, "p");
    expect_fault(fault_of(body, optional), ErrorCode::invalid_shape, "p");
  }
  for (const char* value : {"0", "-1", "-0", "1023", "65536", "73536", "4294975296",
                            "9223372036854775807", "9223372036854775808", "18446744073709551615",
                            "18446744073709559616", "-9223372036854775808"}) {
    const auto body = std::string("{\"p\": ") + value + "}";
    const auto fault = fault_of(body, optional);
    ASSERT_TRUE(fault) << value;
    EXPECT_EQ(fault->field, "p") << value;
    EXPECT_TRUE(fault->code == ErrorCode::out_of_bounds || fault->code == ErrorCode::invalid_shape)
        << value;
  }
  expect_fault(fault_of(R"({"p": 80})", required), ErrorCode::out_of_bounds, "p");
  expect_fault(fault_of(R"({"p": 18446744073709551615})", required), ErrorCode::out_of_bounds, "p");
}

TEST(BodyMembers, Integers) {
  auto all = members(R"({"a": 5, "b": -5, "max": 9223372036854775807, "n": null})");
  EXPECT_EQ(all.optional_integer("a"), 5);
  EXPECT_EQ(all.optional_integer("b"), -5);
  EXPECT_EQ(all.optional_integer("max"), INT64_MAX);
  EXPECT_EQ(all.optional_integer("n"), std::nullopt);
  EXPECT_EQ(all.optional_integer("missing"), std::nullopt);
  EXPECT_FALSE(all.error());
  const auto read = [](BodyMembers& each) { EXPECT_FALSE(each.optional_integer("a")); };
  for (const char* value : {"1.0", "1e2", "\"1\"", "true", "[]", "1234567890123456789012345"}) {
    expect_fault(fault_of(std::string("{\"a\": ") + value + "}", read), ErrorCode::invalid_shape,
                 "a");
  }
  for (const char* value : {"9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(members(std::string("{\"a\": ") + value + "}").optional_integer("a"), INT64_MAX);
  }
}

TEST(BodyMembers, Flags) {
  auto all = members(R"({"yes": true, "no": false, "n": null})");
  EXPECT_TRUE(all.flag("yes", false));
  EXPECT_FALSE(all.flag("no", true));
  EXPECT_TRUE(all.flag("n", true));
  EXPECT_FALSE(all.flag("missing", false));
  EXPECT_FALSE(all.error());
  const auto read = [](BodyMembers& each) { EXPECT_FALSE(each.flag("a", false)); };
  for (const char* value : {"1", "0", "\"true\"", "[]"}) {
    expect_fault(fault_of(std::string("{\"a\": ") + value + "}", read), ErrorCode::invalid_shape,
                 "a");
  }
}

TEST(BodyMembers, PortsByServiceKeepTheirOrder) {
  auto all = members(R"({"updates": {"wren": 8001, "kite": 8000}})");
  EXPECT_THAT(all.ports("updates"),
              ElementsAre(Pair("wren", Port::clamped(8001)), Pair("kite", Port::clamped(8000))));
  EXPECT_FALSE(all.error());

  const auto read = [](BodyMembers& each) { EXPECT_THAT(each.ports("u"), IsEmpty()); };
  for (const char* body : {"{}", R"({"u": null})", R"({"u": {}})", R"({"u": []})", R"({"u": 7})",
                           R"({"u": [["kite", 8000]]})"}) {
    expect_fault(fault_of(body, read), ErrorCode::invalid_shape, "u");
  }
  expect_fault(fault_of(R"({"u": {"kite": "8000"}})", read), ErrorCode::invalid_shape, "u.kite");
  expect_fault(fault_of(R"({"u": {"kite": null}})", read), ErrorCode::invalid_shape, "u.kite");
  expect_fault(fault_of(R"({"u": {"kite": 80}})", read), ErrorCode::out_of_bounds, "u.kite");
}

TEST(BodyMembers, TheFirstFaultIsTheOneThatIsTold) {
  auto all = members(R"({"a": 1, "b": 2, "p": 80})");
  all.string("b");
  all.string("a");
  all.port("p");
  all.string("missing");
  expect_fault(all.error(), ErrorCode::invalid_shape, "b");
  auto other = members(R"({"a": 1, "p": 80})");
  other.port("p");
  other.string("a");
  expect_fault(other.error(), ErrorCode::out_of_bounds, "p");
}

TEST(BodyMembers, UnknownMembersArePassedOver) {
  auto all = members(R"({"a": "x", "whatever": [1, {"deep": null}]})");
  EXPECT_EQ(all.string("a"), "x");
  EXPECT_FALSE(all.error());
  EXPECT_TRUE(all.has("whatever"));
}

TEST(IntegerParam, IsAWholeNumberWithinItsBounds) {
  EXPECT_EQ(*integer_param("1", "limit", 1, 10), 1);
  EXPECT_EQ(*integer_param("10", "limit", 1, 10), 10);
  EXPECT_EQ(*integer_param("-3", "limit", -5, 10), -3);
  for (const char* text : {"", "0", "11", "-1", "1.0", "1e1", " 1", "1 ", "+1", "0x1", "one",
                           "99999999999999999999"}) {
    const auto value = integer_param(text, "limit", 1, 10);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, ErrorCode::out_of_bounds);
    EXPECT_EQ(value.error().field, "limit");
    EXPECT_THAT(value.error().message, HasSubstr("from 1 to 10"));
  }
}

TEST(PortParam, IsAPort) {
  EXPECT_EQ(port_param("8000", "port")->value(), 8000);
  for (const char* text : {"1023", "65536", "73536", "abc", ""}) {
    EXPECT_FALSE(port_param(text, "port")) << text;
  }
}

TEST(QueryTime, IsATimeInUtcOrNothing) {
  HttpRequest request;
  EXPECT_EQ(*query_time(request, "since"), std::nullopt);
  request.query["since"] = "2026-01-31T12:00:00Z";
  EXPECT_TRUE(*query_time(request, "since"));
  for (const char* text : {"", "yesterday", "2026-01-31", "2026-01-31T12:00:00+01:00"}) {
    request.query["since"] = text;
    const auto time = query_time(request, "since");
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::out_of_bounds);
    EXPECT_EQ(time.error().field, "since");
  }
}

TEST(QueryInteger, IsTheDefaultOnlyWhenItIsNotGiven) {
  HttpRequest request;
  EXPECT_EQ(*query_integer(request, "limit", 7, 1, 10), 7);
  request.query["limit"] = "9";
  EXPECT_EQ(*query_integer(request, "limit", 7, 1, 10), 9);
  request.query["limit"] = "";
  EXPECT_FALSE(query_integer(request, "limit", 7, 1, 10));
}

}  // namespace
}  // namespace pm
