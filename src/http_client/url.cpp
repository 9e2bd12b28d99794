#include "http_client/url.h"

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace pm {
namespace {

class Url {
 public:
  Url() : handle_(curl_url()) {
    if (!handle_) throw std::runtime_error("libcurl is out of memory");
  }

  bool set(CURLUPart part, const std::string& text) {
    return curl_url_set(handle_.get(), part, text.c_str(), 0) == CURLUE_OK;
  }
  void remove(CURLUPart part) { curl_url_set(handle_.get(), part, nullptr, 0); }

  /// Sets both, and removes a query where there is none.
  bool set_path_and_query(const std::string& prefix, const std::string& path_and_query) {
    const auto question = path_and_query.find('?');
    const auto path = path_and_query.substr(0, question);
    if (!set(CURLUPART_PATH, prefix + (path.starts_with('/') ? path : "/" + path))) return false;
    remove(CURLUPART_QUERY);
    return question == std::string::npos ||
           set(CURLUPART_QUERY, path_and_query.substr(question + 1));
  }

  /// Empty when there is no such part.
  std::string get(CURLUPart part, unsigned int flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(handle_.get(), part, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, FreeText> owned(text);
    return owned.get();
  }

 private:
  struct Cleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
  };
  struct FreeText {
    void operator()(char* text) const { curl_free(text); }
  };
  std::unique_ptr<CURLU, Cleanup> handle_;
};

std::optional<Url> parsed(const std::string& text) {
  Url url;
  if (!url.set(CURLUPART_URL, text)) return std::nullopt;
  const auto scheme = url.get(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  if (url.get(CURLUPART_HOST).empty()) return std::nullopt;
  return url;
}

bool is_ipv6_literal(const std::string& host) {
  return host.find(':') != std::string::npos && host.front() != '[';
}

}  // namespace

std::string http_url(const std::string& host, int port, const std::string& path_and_query) {
  Url url;
  const bool whole = url.set(CURLUPART_SCHEME, "http") &&
                     url.set(CURLUPART_HOST, is_ipv6_literal(host) ? "[" + host + "]" : host) &&
                     url.set(CURLUPART_PORT, std::to_string(port)) &&
                     url.set_path_and_query("", path_and_query);
  return whole ? url.get(CURLUPART_URL) : std::string();
}

JoinedUrl joined_url(const std::string& base, const std::string& path_and_query) {
  auto url = parsed(base);
  if (!url) return {};
  auto prefix = url->get(CURLUPART_PATH);
  while (prefix.ends_with('/')) prefix.pop_back();
  url->remove(CURLUPART_FRAGMENT);
  if (!url->set_path_and_query(prefix, path_and_query)) return {};
  JoinedUrl joined;
  joined.url = url->get(CURLUPART_URL);
  url->remove(CURLUPART_USER);
  url->remove(CURLUPART_PASSWORD);
  joined.public_url = url->get(CURLUPART_URL);
  return joined;
}

std::string place_of(const std::string& url) {
  const auto parts = parsed(url);
  if (!parts) return {};
  return parts->get(CURLUPART_HOST) + ":" + parts->get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string percent_encoded(const std::string& text) {
  char* encoded = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  if (!encoded) throw std::runtime_error("libcurl is out of memory");
  std::string result = encoded;
  curl_free(encoded);
  return result;
}

std::string target_of(const std::string& url) {
  const auto parts = parsed(url);
  if (!parts) return {};
  const auto query = parts->get(CURLUPART_QUERY);
  return parts->get(CURLUPART_PATH) + (query.empty() ? "" : "?" + query);
}

}  // namespace pm
