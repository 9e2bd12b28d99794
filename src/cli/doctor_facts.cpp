#include "cli/doctor_facts.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <array>

#include "app/system_clock.h"
#include "cli/json_fields.h"
#include "http_client/url.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience_with_server{10'000};
constexpr milliseconds patience_with_services{2'000};
constexpr std::size_t services_at_once = 32;

std::optional<DoctorFacts::File> look_at(const std::filesystem::path& path) {
  constexpr mode_t permissions = 07777;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return DoctorFacts::File{path, status.st_mode & permissions, status.st_uid};
}

void ask_server(const ApiClient& api, DoctorFacts& facts) {
  const std::array<std::pair<const char*, std::optional<Json>*>, 6> questions{{
      {"/api/health/detailed", &facts.health},
      {"/api/services", &facts.services},
      {"/api/ports/conflicts", &facts.conflicts},
      {"/api/ports/reserved", &facts.reserved},
      {"/api/ports/backups", &facts.backups},
      {"/api/upstream", &facts.upstream},
  }};
  std::vector<HttpCall> calls;
  for (const auto& [target, answer] : questions) {
    calls.push_back(api.http_call({.target = target, .timeout = patience_with_server}));
  }
  perform_all(calls, calls.size(), [&](std::size_t place, const HttpAnswer& answer) {
    if (place == 0 && answer.reach != Reach::answered) facts.not_reached = answer.message;
    const auto understood = api_answer(answer);
    if (!understood || !understood->body.is_object()) return;
    *questions.at(place).second = understood->body;
    const auto date = answer.headers.find("date");
    if (date != answer.headers.end()) facts.server_time = http_date(date->second);
  });
  if (facts.not_reached.empty() && !facts.health) {
    facts.not_reached = "what answers there is no Port Manager";
  }
}

/// The server is on this machine, so that its 127.0.0.1 is ours.
bool is_local(const std::string& url) {
  const auto place = place_of(url);
  return place.starts_with("127.") || place.starts_with("localhost:") ||
         place.starts_with("[::1]:");
}

/// OPTIONS changes nothing (RFC 9110 section 9.2.1): a service that has the endpoint, answers that
/// it does not take it, or does; 404 is one that has no such path.
void ask_services(const ApiClient& api, DoctorFacts& facts) {
  if (!facts.services || !is_local(api.public_url() + "/")) return;
  std::vector<std::string> ids;
  std::vector<HttpCall> calls;
  const auto self = facts.health ? text_of(*facts.health, "service") : std::string();
  for (const auto& service : list_of(*facts.services, "services")) {
    const auto port = number_of(service, "port");
    const auto id = text_of(service, "service_id");
    if (!port || text_of(service, "status") != "healthy" || id == self) continue;
    const auto host = text_of(service, "host");
    HttpCall call;
    call.url = http_url(host.empty() ? "127.0.0.1" : host, static_cast<int>(*port),
                        "/api/config/update-port");
    call.method = "OPTIONS";
    call.timeout = patience_with_services;
    ids.push_back(id);
    calls.push_back(std::move(call));
  }
  facts.asked_for_update_port = ids.size();
  constexpr int not_found = 404;
  perform_all(calls, services_at_once, [&](std::size_t place, const HttpAnswer& answer) {
    if (answer.status == not_found) facts.without_update_port.push_back(ids[place]);
  });
}

void look_at_data(const DoctorOptions& options, DoctorFacts& facts) {
  facts.data_dir = options.data_dir;
  if (options.data_dir.empty()) return;
  const auto database = std::filesystem::path(options.data_dir) / "portmanager.db";
  facts.data_folder = look_at(options.data_dir);
  facts.database_file = look_at(database);
  facts.database = options.inspect_database(database);
  facts.locked_by = options.find_lock_holder(database);
}

}  // namespace

std::optional<Timestamp> http_date(const std::string& text) {
  const auto seconds = curl_getdate(text.c_str(), nullptr);
  if (seconds < 0) return std::nullopt;
  return Timestamp(std::chrono::seconds(seconds));
}

DoctorFacts collect_facts(const ApiClient& api, const DoctorOptions& options) {
  DoctorFacts facts;
  facts.program_version = options.program_version;
  facts.url = api.public_url();
  facts.now = SystemClock().now();
  ask_server(api, facts);
  ask_services(api, facts);
  if (!options.token_file.empty()) facts.token_file = look_at(options.token_file);
  look_at_data(options, facts);
  return facts;
}

}  // namespace pm
