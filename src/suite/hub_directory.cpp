#include "suite/hub_directory.h"

#include "http_client/http_call.h"
#include "http_client/url.h"
#include "suite/service_list.h"

namespace pm {
namespace {

tl::unexpected<Error> not_fetched(const HttpAnswer& answer, const std::string& url) {
  const auto sentence =
      "The Hub's list at " + url + " could not be fetched: " + answer.message + ".";
  if (answer.reach == Reach::timed_out) {
    return fail(ErrorCode::service_timeout, sentence + " Look whether the Hub is overloaded.");
  }
  return fail(ErrorCode::service_unreachable,
              sentence + " Start the Hub, or correct the option hub-url.");
}

tl::unexpected<Error> no_list(const std::string& url, const std::string& why) {
  return fail(ErrorCode::service_refused,
              "What the Hub answered at " + url + " is not a list of services: " + why +
                  " Look whether the option hub-url is the Hub's, and into the Hub's log.");
}

/// What cannot be taken apart may have a password anywhere in it.
tl::unexpected<Error> no_address(const std::string& hub_url) {
  const bool tell = hub_url.find('@') == std::string::npos;
  return fail(ErrorCode::service_unreachable,
              "The option hub-url" + (tell ? ", \"" + hub_url + "\"," : std::string()) +
                  " is not the address of a Hub. Give it an http or https URL, for example "
                  "http://hub.example:8001.");
}

}  // namespace

Expected<std::vector<ListedService>> HubDirectory::services() {
  if (!is_configured()) return std::vector<ListedService>();
  const auto address = joined_url(options_.hub_url, options_.path);
  if (address.url.empty()) {
    return no_address(options_.hub_url);
  }
  const auto answer = perform({.url = address.url,
                               .json = std::nullopt,
                               .timeout = options_.timeout,
                               .stopped = &stopped_});
  if (answer.reach != Reach::answered) return not_fetched(answer, address.public_url);
  if (answer.status != 200) {
    return no_list(address.public_url, "HTTP " + std::to_string(answer.status) + ".");
  }
  if (!answer.complete) return no_list(address.public_url, answer.message + ".");
  auto services = read_service_list(answer.body);
  if (!services) return no_list(address.public_url, services.error().message);
  return services;
}

}  // namespace pm
