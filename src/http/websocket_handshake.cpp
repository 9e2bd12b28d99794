#include "http/websocket_handshake.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "domain/text.h"
#include "http/origin.h"

namespace pm {
namespace {

constexpr const char* websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t key_bytes = 16;
constexpr std::size_t key_length = 24;

/// One of the comma-separated tokens is that one, whatever its case.
bool names(const std::string& list, const std::string& token) {
  std::istringstream tokens(list);
  for (std::string each; std::getline(tokens, each, ',');) {
    const auto begin = each.find_first_not_of(" \t");
    if (begin == std::string::npos) continue;
    const auto end = each.find_last_not_of(" \t");
    if (ascii_lower(each.substr(begin, end - begin + 1)) == token) return true;
  }
  return false;
}

bool is_key(const std::string& key) {
  // The padding is two signs at the end; EVP_DecodeBlock takes it anywhere.
  if (key.size() != key_length || key.find('=') != key_length - 2 || key.back() != '=')
    return false;
  std::array<unsigned char, key_length> decoded{};
  const auto length = ::EVP_DecodeBlock(
      decoded.data(), reinterpret_cast<const unsigned char*>(key.data()), int{key_length});
  // It counts the padding as two bytes.
  return length == int{key_bytes} + 2;
}

}  // namespace

std::string websocket_accept(const std::string& key) {
  const auto text = key + websocket_guid;
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * (SHA_DIGEST_LENGTH + 2) / 3 + 1> encoded{};
  const auto length =
      ::EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {encoded.begin(), encoded.begin() + length};
}

Expected<HttpResponse> accept_websocket(const HttpRequest& request,
                                        const std::vector<std::string>& allowed_origins) {
  const bool is_upgrade = names(request.header("upgrade"), "websocket") &&
                          names(request.header("connection"), "upgrade");
  if (!is_upgrade) {
    return fail(ErrorCode::upgrade_required,
                request.path + " is a WebSocket: connect to ws://HOST:PORT" + request.path +
                    " with a WebSocket client, for example new WebSocket(...) in a browser.");
  }
  if (request.http10) {
    return fail(ErrorCode::bad_request, "A WebSocket begins with an HTTP/1.1 request.");
  }
  const auto version = request.header("sec-websocket-version");
  if (version != "13") {
    return fail(ErrorCode::upgrade_required,
                "This server speaks version 13 of WebSocket (RFC 6455), not \"" + version + "\".");
  }
  const auto key = request.header("sec-websocket-key");
  if (!is_key(key)) {
    return fail(ErrorCode::bad_request,
                "Sec-WebSocket-Key is not 16 bytes in base64 (RFC 6455 section 4.1).");
  }
  if (auto checked = check_origin(request, allowed_origins); !checked) {
    return tl::unexpected(checked.error());
  }
  HttpResponse response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", websocket_accept(key)}};
  return response;
}

}  // namespace pm
