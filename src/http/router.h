#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// Where a handler runs. `reactor`: at once, it must not wait for anything. `read`: it changes
/// nothing, but reads the disk or asks the kernel; changes that wait do not hold it up. `quick`: it
/// waits for a commit. `slow`: it waits for a service, perhaps for a minute. `health`: it asks a
/// service how it is.
enum class Lane : std::uint8_t { reactor, read, quick, slow, health };

using PathParams = std::vector<std::string>;
using RouteHandler = std::function<Expected<HttpResponse>(const HttpRequest&, const PathParams&)>;

struct Route {
  std::string method;
  std::string pattern;  ///< "/api/ports/{port}/available"
  Lane lane{Lane::reactor};
  RouteHandler handler;
  std::size_t index{0};  ///< its place in Router::routes(); set by Router::add
};

/// Finds the route of a request. A literal segment goes before a parameter. Filled before the first
/// request and constant from then on; then thread-safe.
class Router {
 public:
  void add(Route route);

  struct Match {
    const Route* route{nullptr};
    PathParams params;  ///< the segments behind {..}, in their order
    std::string allow;  ///< for method_not_allowed: the value of Allow
  };
  /// `route` is null when no path fits (allow empty) or no method does (allow set).
  Match find(const HttpRequest& request) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;
    std::map<std::string, std::size_t> by_method;  // index into routes_
  };

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;
};

}  // namespace pm
