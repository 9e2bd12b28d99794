#include "cli/session.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <ostream>

#include "cli/json_fields.h"
#include "cli/near_match.h"
#include "cli/progress.h"
#include "cli/signal_fd.h"
#include "cli/text_width.h"

namespace pm {
namespace {

constexpr std::chrono::milliseconds patience{30'000};
/// Services take their time, and a bulk update or a resolution has many of them.
constexpr std::chrono::hours patience_for_changes{6};
constexpr std::chrono::milliseconds tick{100};

constexpr const char* common_group = "Common options";

std::string with_newline(std::string text) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

void add_common_options(CLI::App& app, CommonOptions& options) {
  app.add_option("--url", options.url, "Where the server is")
      ->type_name("URL")
      ->envname("PORTMANAGER_URL")
      ->capture_default_str()
      ->group(common_group);
  app.add_option("--token-file", options.token_file, "File with the token that changes need")
      ->type_name("FILE")
      ->envname("PORTMANAGER_TOKEN_FILE")
      ->group(common_group);
  app.add_option("--actor", options.actor, "Who is recorded with a change; by default USER@HOST")
      ->type_name("NAME")
      ->envname("PORTMANAGER_ACTOR")
      ->group(common_group);
  auto* json = app.add_flag("--json", options.json, "Print the server's answer as it is")
                   ->group(common_group);
  app.add_flag("-q,--quiet", options.quiet, "Print bare values alone, one a line")
      ->excludes(json)
      ->group(common_group);
  app.add_flag("-y,--yes", options.yes, "Do what cannot be undone without asking")
      ->group(common_group);
  app.add_option("--color", options.colour, "Colour the output; auto heeds NO_COLOR")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->group(common_group);
}

Answered<ApiAnswer> Session::get(const std::string& target) const {
  return call({.target = target, .timeout = patience});
}

Answered<ApiAnswer> Session::post(const std::string& target, const std::optional<Json>& body,
                                  const std::string& what) const {
  ApiRequest request{.target = target, .method = "POST", .timeout = patience_for_changes};
  // A POST without a body still says that it has none.
  request.json = body ? body->dump(-1, ' ', false, Json::error_handler_t::replace) : "";
  return call(std::move(request), what);
}

Answered<ApiAnswer> Session::call(ApiRequest request, const std::string& what) const {
  Progress progress(terminal_, what);
  return api_.call(request, {.tick = tick, .on_tick = [&progress] { progress.tick(); }});
}

ExitStatus Session::show(const ApiAnswer& answer, const Words& human, const Words& quiet) const {
  if (options_.json) {
    out() << with_newline(answer.text);
  } else {
    out() << with_newline(options_.quiet ? quiet() : human());
  }
  return ExitStatus::done;
}

ExitStatus Session::show_message(const ApiAnswer& answer, const char* quiet_member) const {
  return show(
      answer, [&] { return printable(text_of(answer.body, "message")); },
      [&] { return printable(text_of(answer.body, quiet_member)); });
}

void Session::complain(const Refusal& refusal) const {
  err() << terminal_.styled_for_err(Style::bad, "portmanager:") << ' ' << printable(refusal.message)
        << '\n';
  if (!refusal.next_step.empty()) {
    err() << terminal_.styled_for_err(Style::faint, refusal.next_step) << '\n';
  }
}

ExitStatus Session::fail(const Refusal& refusal) const {
  if (refusal.signal != 0) {
    if (!refusal.message.empty()) complain(refusal);
    err() << std::flush;
    out() << std::flush;
    end_by(refusal.signal);
    return static_cast<ExitStatus>(128 + refusal.signal);
  }
  if (options_.json && !refusal.answer.empty()) out() << with_newline(refusal.answer);
  complain(refusal);
  return refusal.status;
}

ExitStatus Session::fail(const Refusal& refusal, const std::string& service_id) const {
  if (refusal.code != "unknown_service") return fail(refusal);
  auto helpful = refusal;
  if (const auto services = get("/api/services")) {
    std::vector<std::string> known;
    for (const auto& service : list_of(services->body, "services")) {
      known.push_back(text_of(service, "service_id"));
    }
    if (const auto near = near_match(service_id, known)) {
      helpful.next_step = "Did you mean " + *near + "? " + refusal.next_step;
    }
  }
  return fail(helpful);
}

void Session::note(const std::string& sentence) const {
  err() << terminal_.styled_for_err(Style::warning, "portmanager:") << ' ' << printable(sentence)
        << '\n';
}

std::optional<ExitStatus> Session::confirm(const std::string& consequence) const {
  if (options_.yes) return std::nullopt;
  if (!terminal_.can_ask()) {
    complain({ExitStatus::usage,
              printable(consequence) + " There is no terminal to ask whether that is wanted.",
              "Give --yes when it is."});
    return ExitStatus::usage;
  }
  err() << printable(consequence) << '\n' << "Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return std::nullopt;
  if (!std::cin) err() << '\n';
  err() << "Nothing was changed.\n";
  return ExitStatus::failed;
}

}  // namespace pm
