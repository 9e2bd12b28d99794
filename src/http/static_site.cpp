#include "http/static_site.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/text.h"
#include "http/api.h"
#include "http/conditional_get.h"

namespace pm {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::string_view assets_folder = "assets/";
// By preference. A browser that can do both takes the smaller one.
constexpr std::array<Pair, 2> codings{{{"br", ".br"}, {"gzip", ".gz"}}};

std::string content_type_of(std::string_view name) {
  static constexpr std::array<Pair, 5> types{{{".html", "text/html; charset=utf-8"},
                                              {".js", "text/javascript; charset=utf-8"},
                                              {".css", "text/css; charset=utf-8"},
                                              {".svg", "image/svg+xml"},
                                              {".json", "application/json"}}};
  const auto* found = std::find_if(types.begin(), types.end(),
                                   [&](const Pair& type) { return name.ends_with(type.first); });
  return found == types.end() ? "application/octet-stream" : std::string(found->second);
}

/// The start of the digest, which is enough to tell one version from another.
std::string etag_of(std::string_view bytes) {
  static constexpr std::size_t kept = 8;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\"";
  for (std::size_t i = 0; i < kept; ++i) {
    text += digits[digest[i] >> 4U];
    text += digits[digest[i] & 0xfU];
  }
  return text + '"';
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The next element of a list, which is taken off its front.
std::string_view take(std::string_view& list, char separator) {
  const auto end = list.find(separator);
  const auto element = trimmed(list.substr(0, end));
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  return element;
}

/// "0.8" as 800. What is no number counts as 1, as if it had not been sent.
int thousandths(std::string_view text) {
  double weight = 1;
  std::from_chars(text.data(), text.data() + text.size(), weight);
  return static_cast<int>(std::clamp(weight, 0.0, 1.0) * 1'000);
}

/// The weight that a list such as "gzip, br;q=0.5" gives to the name, in thousandths; 0 when it
/// does not name it.
int weight_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    auto element = take(list, ',');
    if (ascii_lower(std::string(take(element, ';'))) != name) continue;
    while (!element.empty()) {
      const auto parameter = take(element, ';');
      if (parameter.starts_with("q=")) return thousandths(parameter.substr(2));
    }
    return 1'000;
  }
  return 0;
}

void add_protection(HttpResponse& response) {
  static constexpr std::array<Pair, 6> headers{
      {{"Content-Security-Policy",
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"},
       {"X-Content-Type-Options", "nosniff"},
       {"X-Frame-Options", "DENY"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Opener-Policy", "same-origin"},
       {"Cross-Origin-Resource-Policy", "same-origin"}}};
  for (const auto& [name, value] : headers) response.headers.emplace_back(name, value);
}

}  // namespace

StaticSite::StaticSite(const std::vector<SiteFile>& files) {
  for (const auto& file : files) {
    std::string_view name = file.name;
    std::string_view coding;
    for (const auto& [each, ending] : codings) {
      if (!file.name.ends_with(ending)) continue;
      name.remove_suffix(ending.size());
      coding = each;
    }
    auto& asset = assets_[std::string(name)];
    asset.content_type = content_type_of(name);
    asset.forms[std::string(coding)] = {std::make_shared<const std::string>(file.bytes),
                                        etag_of(file.bytes)};
  }
}

HttpResponse StaticSite::answer(const Asset& asset, const HttpRequest& request) const {
  const auto accepted = request.header("accept-encoding");
  std::string_view coding;
  for (const auto& [each, ending] : codings) {
    if (coding.empty() && asset.forms.contains(std::string(each)) &&
        weight_of(accepted, each) > 0) {
      coding = each;
    }
  }
  const auto& form = asset.forms.at(std::string(coding));
  HttpResponse response;
  response.content_type = asset.content_type;
  response.body = form.body;
  if (!coding.empty()) response.headers.emplace_back("Content-Encoding", coding);
  response.headers.emplace_back("ETag", form.etag);
  add_protection(response);
  return response;
}

HttpResponse StaticSite::page(const HttpRequest& request) const {
  auto response = answer(assets_.at(page_name), request);
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  return if_changed(std::move(response), request);
}

Expected<HttpResponse> StaticSite::asset(const HttpRequest& request,
                                         const std::string& name) const {
  const auto found = assets_.find(std::string(assets_folder) + name);
  if (found == assets_.end()) {
    return fail(ErrorCode::not_found,
                "The dashboard has no file " + name +
                    ". It may be of another version of the Port Manager: load the page again.");
  }
  auto response = answer(found->second, request);
  response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  return if_changed(std::move(response), request);
}

bool prefers_html(std::string_view accept) {
  const auto html = weight_of(accept, "text/html");
  return html > 0 && html >= weight_of(accept, "application/json");
}

void add_site_routes(Router& router, const StaticSite& site) {
  router.add({"GET", "/assets/{name}", Lane::reactor,
              [&site](const HttpRequest& request, const PathParams& params) {
                return site.asset(request, params[0]);
              }});
}

}  // namespace pm
