#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/api_client.h"
#include "cli/terminal.h"

namespace CLI {
class App;
}

namespace pm {

/// What every command that speaks with the server is told.
struct CommonOptions {
  std::string url{"http://127.0.0.1:8100"};
  std::string token_file;
  std::string actor;  ///< "": user@host
  bool json{false};
  bool quiet{false};
  bool yes{false};
  std::string colour{"auto"};
};

void add_common_options(CLI::App& app, CommonOptions& options);

/// One run of one command: whom it speaks with, and where and how its words go. For one thread.
class Session {
 public:
  Session(Terminal terminal, CommonOptions options, ApiClient api)
      : terminal_(terminal), options_(std::move(options)), api_(std::move(api)) {}

  const Terminal& terminal() const { return terminal_; }
  const CommonOptions& options() const { return options_; }
  const ApiClient& api() const { return api_; }
  std::ostream& out() const { return terminal_.out(); }
  std::ostream& err() const { return terminal_.err(); }

  /// Calls the API. `what` is shown on a terminal while it takes long.
  Answered<ApiAnswer> get(const std::string& target) const;
  Answered<ApiAnswer> post(const std::string& target, const std::optional<Json>& body,
                           const std::string& what = {}) const;
  Answered<ApiAnswer> call(ApiRequest request, const std::string& what = {}) const;

  /// Prints a result in the form that is asked for: the API's answer with --json, `quiet` with
  /// --quiet, else `human`. Each ends its lines itself.
  using Words = std::function<std::string()>;
  ExitStatus show(const ApiAnswer& answer, const Words& human, const Words& quiet) const;
  /// The API's own message for a person, one of its members with --quiet.
  ExitStatus show_message(const ApiAnswer& answer, const char* quiet_member) const;
  /// Says on stderr what is wrong and how to go on; with --json the API's answer is on stdout too.
  /// A signal that ended the wait ends the process.
  ExitStatus fail(const Refusal& refusal) const;
  /// The same; a service that is not known brings a near one to mind.
  ExitStatus fail(const Refusal& refusal, const std::string& service_id) const;
  /// A sentence on stderr, which is no failure.
  void note(const std::string& sentence) const;

  /// Asks a person whether to go on with what cannot be undone; --yes answers. Nothing when it is
  /// yes, else the status to end with: failed for no, usage when there is nobody to ask.
  std::optional<ExitStatus> confirm(const std::string& consequence) const;

 private:
  void complain(const Refusal& refusal) const;

  Terminal terminal_;
  CommonOptions options_;
  ApiClient api_;
};

}  // namespace pm
