#include "upstream/upstream_answer.h"

namespace pm {
namespace {

using Kind = UpstreamAnswer::Kind;

Kind kind_of(int status) {
  if (status >= 200 && status < 300) return Kind::accepted;
  const bool later = status == 408 || status == 425 || status == 429;
  return status >= 400 && status < 500 && !later ? Kind::refused : Kind::failed;
}

}  // namespace

UpstreamAnswer judge(HttpAnswer answer, const std::string& who, const std::string& url) {
  UpstreamAnswer judged;
  judged.status = answer.status;
  judged.retry_after = answer.retry_after;
  if (answer.reach != Reach::answered) {
    judged.kind = Kind::failed;
    judged.away = true;
    judged.message = who + " could not be called at " + url + ": " + answer.message + ".";
    return judged;
  }
  judged.kind = kind_of(answer.status);
  judged.away = answer.status >= 502 && answer.status <= 504;
  judged.body = std::move(answer.body);
  if (!judged.accepted()) {
    judged.message =
        who + " answered the call to " + url + " with HTTP " + std::to_string(answer.status) + ".";
  }
  return judged;
}

}  // namespace pm
