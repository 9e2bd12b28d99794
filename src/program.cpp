#include "program.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "access_log.h"
#include "app/address_book.h"
#include "app/bulk_update.h"
#include "app/config_admin.h"
#include "app/conflict_resolver.h"
#include "app/discovery.h"
#include "app/health_checks.h"
#include "app/kernel_watch.h"
#include "app/move_saga.h"
#include "app/port_finder.h"
#include "app/port_holds.h"
#include "app/port_manager.h"
#include "app/system_clock.h"
#include "background.h"
#include "dashboard.h"
#include "defaults.h"
#include "docs_page.h"
#include "domain/assignment_rules.h"
#include "exporters/file_config_archive.h"
#include "exporters/file_formats.h"
#include "exporters/port_config_file.h"
#include "first_import.h"
#include "http/api.h"
#include "http/http_server.h"
#include "http/live_feed.h"
#include "http/static_site.h"
#include "logging.h"
#include "metrics/metrics.h"
#include "probe/linux_port_probe.h"
#include "probe/linux_process_meter.h"
#include "program_options.h"
#include "service_manager.h"
#include "serving_facts.h"
#include "store/sqlite_store.h"
#include "suite/curl_service_client.h"
#include "suite/hub_directory.h"
#include "upstream/upstreams.h"
#include "watchdog.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

// Together they stay under the five seconds in which a stop has to be done.
constexpr milliseconds drain_time{2'500};
constexpr milliseconds farewell_time{800};
// Of before the start, for live clients that come back.
constexpr int replayed_events = 4'000;
constexpr milliseconds flush_time{1'000};

ExitStatus failed(const Error& error) {
  std::cerr << "portmanager: " << error.message << '\n';
  return ExitStatus::failed;
}

void log_change(const CommitNotice& notice) {
  log_event("change", {{"revision", notice.revision},
                       {"action", notice.changes->action},
                       {"actor", notice.context.actor},
                       {"request_id", notice.context.request_id},
                       {"reason", notice.context.reason}});
}

std::string url_of(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::vector<SiteFile> dashboard_files() {
  std::vector<SiteFile> files;
  for (const auto& file : embedded::dashboard()) files.push_back({file.name, file.text});
  return files;
}

int wait_for_stop() {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  return signal;
}

/// Everything that serves, in the order in which it is built; taken down the other way round.
class Program {
 public:
  /// `clock` and `manager` outlive it.
  Program(const ServeOptions& options, SystemClock& clock, std::unique_ptr<SqliteStore> store,
          std::string version, ServiceManager& manager)
      : options_(options),
        manager_(manager),
        clock_(clock),
        store_(std::move(store)),
        upstreams_(upstream_options(options, version),
                   {*store_, store_->outbox(), clock_, process_meter_, requests_,
                    [this] { return condition(); }}),
        client_({milliseconds{options.update_timeout_ms}, milliseconds{options.restart_timeout_ms},
                 milliseconds{options.health_timeout_ms}}),
        hub_(hub_options(options)),
        addresses_(options.host_pattern),
        probe_(clock_),
        finder_(*store_, probe_, clock_, {milliseconds{options.cooldown_ms}}),
        holds_(*store_, probe_, holds_allowed()),
        ports_(*store_, probe_, client_, finder_, holds_, addresses_, clock_),
        saga_(*store_, client_, ports_, finder_, addresses_, clock_,
              {milliseconds{options.come_up_timeout_ms}, milliseconds{options.old_port_timeout_ms},
               milliseconds{50}}),
        bulk_(*store_, ports_, finder_, saga_),
        watch_(*store_, probe_, client_, clock_, watch_options(options)),
        resolver_(*store_, client_, finder_, saga_, watch_, addresses_),
        discovery_(*store_, watch_, hub_),
        health_(*store_, client_, addresses_, clock_, milliseconds{options.health_timeout_ms},
                upstreams_.restart_agent()),
        archive_(std::filesystem::path(options.data_dir) / "backups",
                 std::string(embedded::defaults().front().text)),
        config_(*store_, archive_, clock_),
        config_file_(std::filesystem::path(options.data_dir) / "port_config.json", clock_),
        server_(server_options(options), loop_, [this] { return store_->snapshot()->revision(); }),
        version_(std::move(version)),
        background_(options_,
                    {*store_, ports_, saga_, holds_, watch_, resolver_, health_, clock_}) {}

  Expected<void> start() {
    auto socket = manager_.take_socket();
    if (!socket) return tl::unexpected(socket.error());
    if (auto bound = server_.bind(std::move(*socket)); !bound) return with_listener(bound.error());
    if (store_->snapshot()->revision() == 0) {
      auto imported = import_first(options_, config_, context("First start."));
      if (!imported) return imported;
    }
    // Before the observers, which would replace a broken file without keeping it.
    if (auto written = config_file_.write_now(store_->snapshot()); !written) return written;
    if (auto observed = observe_commits(); !observed) return observed;
    if (auto settled = settle_last_run(); !settled) return settled;
    const auto token = read_token(options_.auth_token_file);
    if (!token) return tl::unexpected(token.error());
    dispatcher_ = std::make_unique<Dispatcher>(
        all_routes(!token->empty()),
        Dispatcher::Options{*token, options_.allowed_origins, own_names(options_)});
    if (clock_.stopping()) return {};
    if (auto started = server_.start(*dispatcher_, {&requests_, &access_log_}); !started) {
      return with_listener(started.error());
    }
    background_.start();
    upstreams_.start(server_.port());
    watchdog_.start();
    const auto url = url_of(server_.host(), server_.port());
    std::cout << "listening on " << url << std::endl;
    manager_.ready("Serving the registry on " + url);
    return {};
  }

  /// Ends what waits, in start() too. From any thread; stop() does the rest.
  void interrupt() {
    clock_.stop();
    client_.stop();
    hub_.stop();
    watch_.stop();
    upstreams_.interrupt();
  }

  void stop() {
    interrupt();
    manager_.stopping();
    watchdog_.join();
    server_.stop(drain_time, farewell_time);
    background_.join();
    upstreams_.join();
    on_logged_error({});
    store_->stop();
    if (!config_file_.flush(flush_time)) {
      spdlog::warn("port_config.json is not up to date; the next start writes it");
    }
  }

 private:
  ChangeContext context(const std::string& reason) const {
    return {options_.self_id, reason, "start", clock_.now()};
  }

  /// Whoever has to know of each commit, from the first one on.
  Expected<void> observe_commits() {
    const auto recent = store_->recent_events(replayed_events);
    if (!recent) return tl::unexpected(recent.error());
    feed_ = std::make_unique<LiveFeed>(loop_, clock_, feed_options(options_), *recent,
                                       store_->snapshot());
    metrics_ =
        std::make_unique<Metrics>(Metrics::Sources{*store_, probe_, watch_, requests_, server_,
                                                   *feed_, process_meter_, &upstreams_, version_});
    on_logged_error([this](const std::string& message) {
      upstreams_.report_error(logged_error(message, clock_.now()));
    });
    store_->observe([this](const CommitNotice& notice) {
      log_change(notice);
      metrics_->on_commit(notice);
      config_file_.notify(notice.registry);
      watch_.notify();
      feed_->on_commit(notice);
      upstreams_.on_commit(notice);
      server_.notify();
    });
    return {};
  }

  /// Ends what a crash left half done, and takes the ports that are held.
  Expected<void> settle_last_run() {
    const auto settled = saga_.recover(context("Start-up."));
    if (!settled) return tl::unexpected(settled.error());
    if (settled->settled > 0) {
      spdlog::warn("{} moves were left by the last run and are settled", settled->settled);
    }
    for (const auto& sentence : settled->parked) spdlog::warn("{}", sentence);
    const auto rechecked = store_->commit(context("Start-up."), [](Draft& draft) -> Expected<void> {
      recheck(draft);
      return {};
    });
    if (!rechecked) return tl::unexpected(rechecked.error());
    enter_self();
    for (const auto& key : holds_.follow()) {
      spdlog::warn("{} is reserved to be held and is not: somebody has it, or too many are held",
                   describe(key));
    }
    return {};
  }

  Router all_routes(bool needs_token) {
    const ApiContext api{
        .store = *store_,
        .ports = ports_,
        .saga = saga_,
        .bulk = bulk_,
        .resolver = resolver_,
        .watch = watch_,
        .discovery = discovery_,
        .health = health_,
        .config = config_,
        .formats = formats_,
        .clock = clock_,
        .version = version_,
        .started = std::chrono::steady_clock::now(),
        .site = &site_,
        .upstreams = &upstreams_,
        .serving = [this, needs_token] { return serving_facts(options_, needs_token); }};
    auto router = make_router(api);
    add_live_routes(router, *feed_, options_.allowed_origins);
    add_docs_page_routes(router, embedded::docs_page());
    add_metrics_route(router, *metrics_);
    requests_.set_routes(router.routes());
    return router;
  }

  /// What Hub is told of how it does, besides that it runs.
  Condition condition() {
    Condition condition;
    const auto conflicts = store_->snapshot()->open_conflicts().size();
    if (conflicts > 0) {
      condition.issues.push_back("Open conflicts: " + std::to_string(conflicts) +
                                 ". GET /api/ports/conflicts lists them.");
    }
    const auto advice = ports_.sight().advice;
    if (!advice.empty()) condition.issues.push_back(advice);
    if (const auto backlog = store_->outbox().backlog("hub"); !backlog) {
      condition.is_degraded = true;
      condition.issues.push_back(backlog.error().message);
    }
    return condition;
  }

  Expected<void> with_listener(Error error) {
    if (error.code != ErrorCode::port_in_use) return tl::unexpected(error);
    const PortKey key{std::string(local_host), Protocol::tcp, Port::clamped(options_.port)};
    const auto listener = probe_.listener(key);
    if (listener) error.message += " The listener is " + describe(*listener) + ".";
    error.message += " Stop it, or give another port with --port.";
    return tl::unexpected(error);
  }

  /// A port that it may not have, such as one outside the suite's range, does not keep it from
  /// serving there.
  void enter_self() {
    const auto port = Port::from(server_.port());
    const auto registry = store_->snapshot();
    const auto& range = registry->config().range;
    if (!port || !range.contains(*port)) {
      spdlog::info(
          "not entered in the registry: the Port Manager's own port {} is outside the suite's "
          "range {}. It serves there all the same; --port and --range set the two.",
          server_.port(), range.text());
      return;
    }
    const PortKey key{std::string(local_host), Protocol::tcp, *port};
    const auto entered = store_->commit(context("Start-up."),
                                        [&](Draft& draft) { return pm::enter_self(draft, key); });
    if (!entered) spdlog::info("not entered in the registry: {}", entered.error().message);
  }

  ServeOptions options_;
  ServiceManager& manager_;
  SystemClock& clock_;
  std::unique_ptr<SqliteStore> store_;
  LinuxProcessMeter process_meter_;
  RequestMeter requests_{[this] { return server_.connections(); }};
  Upstreams upstreams_;
  CurlServiceClient client_;
  HubDirectory hub_;
  AddressBook addresses_;
  LinuxPortProbe probe_;
  PortFinder finder_;
  PortHolds holds_;
  PortManager ports_;
  MoveSaga saga_;
  BulkUpdate bulk_;
  KernelWatch watch_;
  ConflictResolver resolver_;
  Discovery discovery_;
  HealthChecks health_;
  FileConfigArchive archive_;
  ConfigAdmin config_;
  PortConfigFile config_file_;
  const StaticSite site_{dashboard_files()};
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<LiveFeed> feed_;  ///< before the loop, whose sessions call it to their end
  AccessLog access_log_;
  std::unique_ptr<Metrics> metrics_;
  DetachedLoop loop_;
  HttpServer server_;
  FileFormats formats_{addresses_, clock_};
  std::string version_;
  Background background_;
  Watchdog watchdog_{manager_, server_, *store_, clock_};
};

/// What the machine refuses, such as another thread, ends the start like any other fault.
Expected<void> start(Program& program) {
  try {
    return program.start();
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal,
                std::string("The start was given up: ") + e.what() +
                    ". Look at the limits of processes and descriptors (ulimit "
                    "-u, ulimit -n).");
  }
}

}  // namespace

ExitStatus serve(const ServeOptions& options, const std::string& version) {
  ServiceManager manager;
  auto suite = options.suite();
  if (!suite) return failed(suite.error());
  std::error_code no_folder;
  std::filesystem::create_directories(options.data_dir, no_folder);
  if (no_folder) {
    return failed({ErrorCode::storage_failed,
                   "Cannot create the data folder " + options.data_dir + ": " +
                       no_folder.message() + ". Give another with --data-dir.",
                   {}});
  }
  SqliteStore::Options store_options;
  store_options.outbox_targets = outbox_targets(options);
  SystemClock clock;
  store_options.pause = [&clock](milliseconds duration) { return clock.pause(duration); };
  auto store = SqliteStore::open(std::filesystem::path(options.data_dir) / "portmanager.db",
                                 std::make_shared<SuiteConfig>(*suite), store_options);
  if (!store) return failed(store.error());

  Program program(options, clock, std::move(*store), version, manager);
  // From here on, so that a start that waits for services can be stopped too.
  std::atomic<bool> has_failed{false};
  std::thread signals([&] {
    const auto signal = wait_for_stop();
    if (!has_failed) spdlog::info("stopping: {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
    program.interrupt();
  });
  const auto started = start(program);
  has_failed = !started.has_value();
  if (has_failed) ::kill(::getpid(), SIGTERM);
  signals.join();
  program.stop();
  if (!started) return failed(started.error());
  spdlog::info("stopped");
  return ExitStatus::done;
}

}  // namespace pm
