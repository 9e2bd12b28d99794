#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/error.h"
#include "http/http_message.h"

namespace pm {

/// One file of a site. "index.html" is its page; what the page is made of is below "assets/", under
/// names that change with the content. "X.br" and "X.gz" are X compressed.
struct SiteFile {
  std::string_view name;
  std::string_view bytes;
};

/// The pages of the dashboard, held in memory. They come with a content security policy that lets
/// them load, and talk to, nothing but this server, and be framed by nobody. Constant after its
/// construction, so thread-safe; its answers never wait.
class StaticSite {
 public:
  /// Copies the files. Without an index.html the site is empty.
  explicit StaticSite(const std::vector<SiteFile>& files);

  bool empty() const { return !assets_.contains(page_name); }

  /// The page, in a coding that the request accepts: to be asked for again each time (ETag). The
  /// site must not be empty.
  HttpResponse page(const HttpRequest& request) const;

  /// "x-1f2e.js" is the file assets/x-1f2e.js, which a client may keep for ever. `not_found`.
  Expected<HttpResponse> asset(const HttpRequest& request, const std::string& name) const;

 private:
  static constexpr const char* page_name = "index.html";

  struct Form {
    std::shared_ptr<const std::string> body;
    std::string etag;
  };
  struct Asset {
    std::string content_type;
    std::map<std::string, Form> forms;  ///< by content coding; "" is the file as it is
  };

  HttpResponse answer(const Asset& asset, const HttpRequest& request) const;

  std::map<std::string, Asset, std::less<>> assets_;
};

/// Whether the Accept header asks for HTML rather than for JSON (RFC 9110 section 12.5.1). A
/// wildcard is no wish for HTML: programs send it.
bool prefers_html(std::string_view accept);

}  // namespace pm
