#include "cli/api_client.h"

#include <poll.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include "cli/signal_fd.h"
#include "http_client/url.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds connect_timeout{5'000};
/// Of one call: an import or a list of very many services is longer than what services answer.
constexpr std::size_t longest_answer = 512UL * 1024 * 1024;

Answered<std::string> read_token(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const auto content = text.str();
  const auto end = content.find_last_not_of(" \t\r\n");
  if (file && end != std::string::npos) return content.substr(0, end + 1);
  return tl::unexpected(
      Refusal{ExitStatus::failed, "No token could be read from the file " + path + ".",
              "Name another with --token-file or PORTMANAGER_TOKEN_FILE, or make it readable."});
}

}  // namespace

Answered<void> wait_for_signal(milliseconds longest) {
  SignalFd signals({SIGINT, SIGTERM, SIGHUP});
  pollfd waits{signals.fd(), POLLIN, 0};
  ::poll(&waits, 1, static_cast<int>(longest.count()));
  const auto signal = signals.take();
  if (!signal) return {};
  Refusal interrupted;
  interrupted.signal = *signal;
  return tl::unexpected(interrupted);
}

std::string default_actor() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const passwd* user = ::getpwuid(::geteuid());
  const auto name = user ? std::string(user->pw_name) : std::to_string(::geteuid());
  return name + "@" + host.data();
}

Answered<ApiClient> ApiClient::make(const Options& options) {
  ApiClient client;
  client.url_ = options.url;
  client.public_url_ = joined_url(options.url, "/").public_url;
  if (client.public_url_.empty()) {
    return tl::unexpected(Refusal{ExitStatus::usage,
                                  "\"" + options.url + "\" is not the URL of a server.",
                                  "Give --url or PORTMANAGER_URL like http://127.0.0.1:8100."});
  }
  client.public_url_.pop_back();
  client.actor_ = options.actor;
  auto token = read_token(options.token_file);
  if (!token) return tl::unexpected(token.error());
  client.token_ = std::move(*token);
  return client;
}

std::string ApiClient::url_of(const std::string& target) const {
  return joined_url(url_, target).url;
}

HttpCall ApiClient::http_call(const ApiRequest& request) const {
  HttpCall call;
  call.url = url_of(request.target);
  call.method = request.method;
  call.json = request.json;
  call.timeout = request.timeout;
  call.connect_timeout = connect_timeout;
  call.longest_answer = longest_answer;
  call.headers.push_back("X-Actor: " + actor_);
  if (!token_.empty()) call.headers.push_back("Authorization: Bearer " + token_);
  return call;
}

Answered<ApiAnswer> ApiClient::call(const ApiRequest& request, const CallWatch& watch) const {
  SignalFd signals({SIGINT, SIGTERM, SIGHUP});
  auto stoppable = watch;
  stoppable.stop_fd = signals.fd();
  const auto answer = perform_watched(http_call(request), stoppable);
  if (!answer) {
    Refusal interrupted;
    interrupted.signal = signals.take().value_or(SIGINT);
    if (request.method != "GET") {
      interrupted.message =
          "Interrupted. What the server was told to do, it goes on with: portmanager watch shows "
          "what comes of it.";
    }
    return tl::unexpected(interrupted);
  }
  if (answer->reach != Reach::answered) return tl::unexpected(unreachable(*answer));
  return api_answer(*answer);
}

Refusal ApiClient::unreachable(const HttpAnswer& answer) const {
  Refusal refusal;
  refusal.status = ExitStatus::unreachable;
  refusal.message = "The Port Manager at " + public_url_ + " is not there: " + answer.message + ".";
  refusal.next_step =
      "Start it with portmanager serve, or name another with --url or PORTMANAGER_URL.";
  return refusal;
}

Answered<ApiAnswer> api_answer(const HttpAnswer& answer) {
  if (!answer.complete) {
    Refusal refusal;
    refusal.message = "The server's answer is of no use: " + answer.message + ".";
    return tl::unexpected(refusal);
  }
  if (answer.status != 200) return tl::unexpected(refusal_of(answer.status, answer.body));
  return ApiAnswer{answer.body, Json::parse(answer.body, nullptr, false), answer.headers};
}

}  // namespace pm
