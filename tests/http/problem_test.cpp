#include "http/problem.h"

#include <gtest/gtest.h>

#include <set>

#include "app/strict_json.h"

namespace pm {
namespace {

struct Row {
  ErrorCode code;
  int status;
};

/// As docs/api.md has them.
constexpr Row rows[] = {
    {ErrorCode::bad_request, 400},
    {ErrorCode::invalid_json, 400},
    {ErrorCode::invalid_shape, 422},
    {ErrorCode::out_of_bounds, 400},
    {ErrorCode::invalid_name, 400},
    {ErrorCode::unauthorized, 401},
    {ErrorCode::forbidden, 403},
    {ErrorCode::unknown_service, 404},
    {ErrorCode::unknown_port, 404},
    {ErrorCode::not_found, 404},
    {ErrorCode::method_not_allowed, 405},
    {ErrorCode::upgrade_required, 426},
    {ErrorCode::port_taken, 409},
    {ErrorCode::port_reserved, 409},
    {ErrorCode::port_in_use, 409},
    {ErrorCode::already_assigned, 409},
    {ErrorCode::already_exists, 409},
    {ErrorCode::move_in_progress, 409},
    {ErrorCode::range_full, 409},
    {ErrorCode::payload_too_large, 413},
    {ErrorCode::uri_too_long, 414},
    {ErrorCode::headers_too_large, 431},
    {ErrorCode::unsupported_media, 415},
    {ErrorCode::request_timeout, 408},
    {ErrorCode::expectation_failed, 417},
    {ErrorCode::not_implemented, 501},
    {ErrorCode::version_unsupported, 505},
    {ErrorCode::service_refused, 502},
    {ErrorCode::service_timeout, 502},
    {ErrorCode::service_not_up, 502},
    {ErrorCode::service_unreachable, 502},
    {ErrorCode::shutting_down, 503},
    {ErrorCode::storage_full, 503},
    {ErrorCode::misdirected, 421},
    {ErrorCode::overloaded, 503},
    {ErrorCode::storage_failed, 503},
    {ErrorCode::internal, 500},
};

TEST(Problem, EveryCodeHasItsStatus) {
  for (const auto& [code, status] : rows) EXPECT_EQ(status_of(code), status) << to_string(code);
}

TEST(Problem, TheTableAboveIsComplete) {
  std::set<ErrorCode> codes;
  for (const auto& row : rows) codes.insert(row.code);
  EXPECT_EQ(codes.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
}

TEST(Problem, IsAnRfc9457Document) {
  const auto response =
      problem({ErrorCode::port_taken, "Port 8000 is taken.", "port"}, "/api/ports/assign", "req-1");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(Json::parse(*response.body), Json::parse(R"({
    "type": "urn:itechsmart:port-manager:problem:port_taken",
    "title": "The port is taken",
    "status": 409,
    "detail": "Port 8000 is taken.",
    "instance": "/api/ports/assign",
    "success": false,
    "code": "port_taken",
    "field": "port",
    "request_id": "req-1"
  })"));
}

TEST(Problem, WhatIsNotKnownIsLeftOut) {
  const auto body = Json::parse(*problem({ErrorCode::internal, "x", ""}, "/", "").body);
  EXPECT_FALSE(body.contains("field"));
  EXPECT_FALSE(body.contains("request_id"));
}

TEST(Problem, ADetailThatIsNotUtf8StaysJson) {
  for (const std::string detail : {"\xff\xfe", "caf\xc3", "\xed\xa0\x80", "a\0b\"\\\r\n"}) {
    const auto response = problem({ErrorCode::not_found, detail, detail}, detail, detail);
    const auto body = parse_strict(*response.body, "the answer");
    ASSERT_TRUE(body) << body.error().message;
    EXPECT_TRUE(body->at("detail").is_string());
  }
}

TEST(Problem, AMissingTokenIsAskedFor) {
  const auto asked = problem({ErrorCode::unauthorized, "x", ""}, "/", "");
  ASSERT_EQ(asked.headers.size(), 1U);
  EXPECT_EQ(asked.headers[0].first, "WWW-Authenticate");
  EXPECT_EQ(asked.headers[0].second, "Bearer");
  EXPECT_TRUE(problem({ErrorCode::forbidden, "x", ""}, "/", "").headers.empty());
}

}  // namespace
}  // namespace pm
