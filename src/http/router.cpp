#include "http/router.h"

#include <optional>

namespace pm {
namespace {

bool is_param(const std::string& segment) {
  return !segment.empty() && segment.front() == '{';
}

/// How well the pattern fits: literal segments count, the earlier the more. Nothing: not at all.
std::optional<unsigned> fit(const std::vector<std::string>& pattern,
                            const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  unsigned weight = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    weight <<= 1U;
    if (is_param(pattern[i])) {
      if (path[i].empty()) return std::nullopt;
    } else if (pattern[i] == path[i]) {
      weight |= 1U;
    } else {
      return std::nullopt;
    }
  }
  return weight;
}

}  // namespace

void Router::add(Route route) {
  auto segments = split_path(route.pattern).value();
  auto place = patterns_.begin();
  while (place != patterns_.end() && place->segments != segments) ++place;
  if (place == patterns_.end()) place = patterns_.insert(place, Pattern{std::move(segments), {}});
  place->by_method.emplace(route.method, routes_.size());
  route.index = routes_.size();
  routes_.push_back(std::move(route));
}

Router::Match Router::find(const HttpRequest& request) const {
  const Pattern* best = nullptr;
  unsigned most = 0;
  for (const auto& pattern : patterns_) {
    const auto weight = fit(pattern.segments, request.segments);
    if (!weight || (best && *weight <= most)) continue;
    most = *weight;
    best = &pattern;
  }
  Match match;
  if (!best) return match;
  const auto found = best->by_method.find(request.method);
  if (found == best->by_method.end()) {
    for (const auto& [method, index] : best->by_method) {
      match.allow += (match.allow.empty() ? "" : ", ") + method;
      if (method == "GET") match.allow += ", HEAD";
    }
    return match;
  }
  match.route = &routes_[found->second];
  for (std::size_t i = 0; i < best->segments.size(); ++i) {
    if (is_param(best->segments[i])) match.params.push_back(request.segments[i]);
  }
  return match;
}

}  // namespace pm
