#include "http/origin.h"

#include <algorithm>

namespace pm {

Expected<void> check_origin(const HttpRequest& request, const std::vector<std::string>& allowed) {
  const auto origin = request.header("origin");
  if (origin.empty()) return {};
  const auto authority = origin.find("://");
  if (authority != std::string::npos && origin.substr(authority + 3) == request.header("host")) {
    return {};
  }
  if (std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) return {};
  return fail(ErrorCode::forbidden, "Pages of " + origin +
                                        " may not change ports here. Add it to allowed-origins in "
                                        "the configuration if it should.");
}

}  // namespace pm
