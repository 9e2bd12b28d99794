#include "access_log.h"

#include <spdlog/spdlog.h>

#include "logging.h"

namespace pm {

void AccessLog::on_answer(const Route* route, const HttpRequest& request, int status,
                          std::chrono::nanoseconds took) {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  const std::chrono::duration<double, std::milli> ms = took;
  log_event("request",
            {{"method", request.head ? "HEAD" : request.method},
             {"path", request.path},
             {"route", route ? route->pattern : ""},
             {"status", status},
             {"ms", ms.count()},
             {"remote", request.remote},
             {"request_id", request.request_id}},
            spdlog::level::debug);
}

}  // namespace pm
