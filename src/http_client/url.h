#pragma once

#include <string>

namespace pm {

/// URLs, put together and taken apart by libcurl's URL API. Thread-safe. All throw
/// std::runtime_error when libcurl is out of memory.

/// "http://host:port/path?query". A host with anything in it that would end the host part is
/// refused. An IPv6 address gets its brackets. Empty when the parts do not make a URL.
std::string http_url(const std::string& host, int port, const std::string& path_and_query);

struct JoinedUrl {
  std::string url;         ///< to be called
  std::string public_url;  ///< for messages and logs: without user name and password
};

/// The base with the path appended to its own: "https://me:secret@hub/suite/" and "/api/x?y=1" make
/// "https://me:secret@hub/suite/api/x?y=1". The base's query and fragment are dropped. Both empty
/// when the base is not an http or https URL with a host.
JoinedUrl joined_url(const std::string& base, const std::string& path_and_query);

/// "host:port" of an http or https URL; an IPv6 address in brackets. Empty when it is none.
std::string place_of(const std::string& url);

/// The text as one segment of a path or one value of a query: what is not a letter, a digit, or one
/// of -._~ is percent-encoded.
std::string percent_encoded(const std::string& text);

/// "/path?query" of an http or https URL, as a request line has it; empty when it is none.
std::string target_of(const std::string& url);

}  // namespace pm
