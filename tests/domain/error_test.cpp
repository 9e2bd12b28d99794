#include "domain/error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pm {
namespace {

TEST(Error, WireNamesAreTheAgreedOnes) {
  const std::vector<std::string> agreed = {
      "bad_request",       "invalid_json",        "invalid_shape",
      "out_of_bounds",     "invalid_name",        "unauthorized",
      "forbidden",         "unknown_service",     "unknown_port",
      "not_found",         "method_not_allowed",  "upgrade_required",
      "port_taken",        "port_reserved",       "port_in_use",
      "already_assigned",  "already_exists",      "move_in_progress",
      "range_full",        "payload_too_large",   "uri_too_long",
      "headers_too_large", "unsupported_media",   "request_timeout",
      "misdirected",       "overloaded",          "expectation_failed",
      "not_implemented",   "version_unsupported", "service_refused",
      "service_timeout",   "service_not_up",      "service_unreachable",
      "shutting_down",     "storage_full",        "storage_failed",
      "internal"};
  std::vector<std::string> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    names.emplace_back(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names, agreed);
}

TEST(Error, FailCarriesCodeMessageAndField) {
  const Expected<int> failed = fail(ErrorCode::port_taken, "Port 8000 is taken.", "port");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::port_taken);
  EXPECT_EQ(failed.error().message, "Port 8000 is taken.");
  EXPECT_EQ(failed.error().field, "port");
  EXPECT_EQ(Expected<int>(fail(ErrorCode::internal, "x")).error().field, "");
}

}  // namespace
}  // namespace pm
