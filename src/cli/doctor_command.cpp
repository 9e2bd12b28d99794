#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/commands.h"
#include "cli/doctor_checks.h"
#include "cli/doctor_facts.h"
#include "cli/session.h"
#include "cli/table.h"

namespace pm {
namespace {

Style style_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return Style::good;
    case Verdict::warning:
      return Style::warning;
    case Verdict::failure:
      return Style::bad;
    case Verdict::unknown:
      break;
  }
  return Style::faint;
}

std::ptrdiff_t count(const std::vector<Finding>& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

std::string as_json(const std::vector<Finding>& findings) {
  Json report;
  report["success"] = count(findings, Verdict::failure) == 0;
  report["failed"] = count(findings, Verdict::failure);
  report["warnings"] = count(findings, Verdict::warning);
  auto& checks = report["checks"] = Json::array();
  for (const auto& finding : findings) {
    Json check;
    check["check"] = finding.check;
    check["status"] = to_string(finding.verdict);
    check["found"] = finding.found;
    check["mend"] = finding.mend.empty() ? Json(nullptr) : Json(finding.mend);
    checks.push_back(std::move(check));
  }
  return report.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_table(const std::vector<Finding>& findings, const Terminal& terminal) {
  Table table({{"RESULT"}, {"CHECK"}, {"FOUND"}});
  for (const auto& finding : findings) {
    table.add({{to_string(finding.verdict), style_of(finding.verdict)},
               {finding.check},
               {finding.found}});
    if (!finding.mend.empty()) table.add({{""}, {""}, {finding.mend, Style::faint}});
  }
  const auto failed = count(findings, Verdict::failure);
  const auto warned = count(findings, Verdict::warning);
  return table.text(terminal) + "\n" + std::to_string(failed) + " failed, " +
         std::to_string(warned) + " to look at, " + std::to_string(count(findings, Verdict::ok)) +
         " fine.\n";
}

std::string as_words(const std::vector<Finding>& findings) {
  std::string words;
  for (const auto& finding : findings) {
    words += std::string(to_string(finding.verdict)) + " " + finding.check + "\n";
  }
  return words;
}

ExitStatus doctor(const Session& session, const DoctorOptions& options) {
  const auto findings = examine(collect_facts(session.api(), options));
  if (session.options().json) {
    session.out() << as_json(findings);
  } else if (session.options().quiet) {
    session.out() << as_words(findings);
  } else {
    session.out() << as_table(findings, session.terminal());
  }
  return count(findings, Verdict::failure) > 0 ? ExitStatus::failed : ExitStatus::done;
}

}  // namespace

Command doctor_command(const ProgramParts& program) {
  return {.name = "doctor",
          .group = CommandGroup::server,
          .summary = "Look for what is wrong, and say how to mend it",
          .details =
              "The server, its clock, its limits and its records are looked at, the services, and "
              "with --data-dir the database's files. Nothing is changed. The exit status is 1 when "
              "a check failed; what is to be looked at (warn) is no failure.\n\n"
              "With --json, \"checks\" has check, status (ok, warn, fail, unknown), found and mend "
              "of each; with --quiet, status and name of each.",
          .examples = {{"portmanager doctor", "Looks at the server."},
                       {"sudo -u portmanager portmanager doctor --data-dir /var/lib/portmanager",
                        "Looks at its database, too."}},
          .declare = [&program](CLI::App& app) -> Action {
            auto options = std::make_shared<DoctorOptions>();
            options->program_version = program.version;
            options->inspect_database = program.inspect_database;
            options->find_lock_holder = program.find_lock_holder;
            app.add_option("--data-dir", options->data_dir,
                           "Look at the database in this folder, too")
                ->type_name("FOLDER");
            return ServerAction([options](Session& session) {
              options->token_file = session.options().token_file;
              return doctor(session, *options);
            });
          }};
}

}  // namespace pm
