// One look at the kernel, beside a raw dump of the same tables and beside ss(8), in one run:
//   scan_bench [LISTENERS [SERVICES [ROUNDS]]]      defaults: 2000 1000 200
// The listeners are real sockets of other processes on 127.0.0.1; each service has one of them.
// Only the health checks are not real: they are answered at once, since they are asked once a
// socket.

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "app/kernel_watch.h"
#include "app/system_clock.h"
#include "app/unique_fd.h"
#include "domain/assignment_rules.h"
#include "probe/linux_port_probe.h"
#include "support/forked_process.h"
#include "support/memory_store.h"
#include "support/test_socket.h"

namespace pm::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int sockets_per_process = 100;

/// The requests that the probe makes, on a socket that stays open; what comes is thrown away.
class RawDump {
 public:
  RawDump() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}

  void run() {
    for (const auto protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
      for (const auto family : {AF_INET, AF_INET6}) dump(family, protocol);
    }
  }

 private:
  struct Request {
    nlmsghdr header;
    inet_diag_req_v2 body;
  };

  void dump(int family, int protocol) {
    constexpr std::uint32_t listen = 1U << 10U;
    constexpr std::uint32_t close = 1U << 7U;
    Request request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = static_cast<std::uint8_t>(family);
    request.body.sdiag_protocol = static_cast<std::uint8_t>(protocol);
    request.body.idiag_states = protocol == IPPROTO_TCP ? listen : close;
    if (::send(socket_.get(), &request, sizeof request, 0) < 0) std::abort();
    for (;;) {
      const auto size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
      if (size <= 0) std::abort();
      if (reinterpret_cast<const nlmsghdr*>(buffer_.data())->nlmsg_type == NLMSG_DONE) return;
    }
  }

  UniqueFd socket_;
  alignas(nlmsghdr) std::array<char, 32768> buffer_{};
};

/// Answers every health check at once, as the service whose port it is.
class InstantClient final : public ServiceClient {
 public:
  std::unordered_map<int, std::string> names;

  UpdateReply update_port(const ServiceAddress&, Port, Port, Timestamp) override { return {}; }
  HealthReply health(const ServiceAddress& address) override {
    HealthReply reply{Reach::answered, true, 200, std::nullopt, {}};
    const auto found = names.find(address.port.value());
    if (found != names.end()) reply.identity = found->second;
    return reply;
  }
  std::vector<HealthReply> health_of_all(const std::vector<ServiceAddress>& addresses,
                                         std::chrono::milliseconds) override {
    std::vector<HealthReply> replies;
    for (const auto& address : addresses) replies.push_back(health(address));
    return replies;
  }
  RestartReply restart(const ServiceAddress&) override { return {}; }
  bool accepts_connections(const std::string&, Port) override { return true; }
};

double microseconds(const std::function<void()>& work) {
  const auto begun = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - begun).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

void run_ss() {
  const char* const arguments[] = {"ss", "-tulnp", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, "ss", &actions, nullptr, const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) ::waitpid(child, nullptr, 0);
}

/// Processes that listen, and all their ports.
struct Suite {
  std::vector<std::unique_ptr<ForkedProcess>> processes;
  std::vector<int> ports;

  explicit Suite(int listeners) {
    for (int left = listeners; left > 0; left -= sockets_per_process) {
      const int count = std::min(left, sockets_per_process);
      processes.push_back(std::make_unique<ForkedProcess>([count] {
        static std::vector<TestSocket> sockets;
        std::string text;
        while (static_cast<int>(sockets.size()) < count) {
          try {
            sockets.push_back(listen_on("127.0.0.1", free_port()));
          } catch (const std::system_error&) {
            continue;  // another of these processes took the port meanwhile
          }
          text += std::to_string(sockets.back().port()) + " ";
        }
        return text;
      }));
    }
    for (const auto& process : processes) {
      std::istringstream text(process->answer());
      for (int port = 0; text >> port;) ports.push_back(port);
    }
  }
};

void assign_services(MemoryStore& store, InstantClient& client, const std::vector<int>& ports,
                     std::size_t count) {
  const auto assigned = store.commit({}, [&](Draft& draft) -> Expected<void> {
    for (std::size_t i = 0; i < std::min(count, ports.size()); ++i) {
      const auto name = "service-" + std::to_string(i);
      const PortKey key{std::string(local_host), Protocol::tcp, Port::clamped(ports[i])};
      if (const auto given = assign(draft, {name, key, false}); !given) {
        return tl::unexpected(given.error());
      }
      client.names[ports[i]] = name;
    }
    return {};
  });
  if (!assigned) throw std::runtime_error(assigned.error().message);
}

int run(int listeners, int services, int rounds) {
  const Suite suite(listeners);
  SuiteConfig config;
  config.range = {"suite", Port::clamped(1024), Port::clamped(32767)};
  MemoryStore store(config);
  InstantClient client;
  assign_services(store, client, suite.ports, static_cast<std::size_t>(services));
  SystemClock clock;
  LinuxPortProbe probe(clock);
  LinuxPortProbe scanner(clock);
  KernelWatch watch(store, probe, client, clock, {.own_pid = -1});
  RawDump raw;
  if (!watch.settle()) return 1;

  const auto scan = [&] { static_cast<void>(scanner.scan()); };
  std::vector<double> raw_times, scan_times, changed_scan_times;
  std::vector<double> quiet_times, changed_times, ss_times;
  for (int i = 0; i < rounds; ++i) {
    static_cast<void>(watch.look());
    scan();
    raw_times.push_back(microseconds([&] { raw.run(); }));
    scan_times.push_back(microseconds(scan));
    quiet_times.push_back(microseconds([&] { static_cast<void>(watch.look()); }));
    const auto newcomer = listen_on("127.0.0.1", free_port());
    changed_scan_times.push_back(microseconds(scan));
    changed_times.push_back(microseconds([&] { static_cast<void>(watch.look()); }));
  }
  for (int i = 0; i < std::max(rounds / 10, 3); ++i) ss_times.push_back(microseconds(run_ss));

  const double base = median(raw_times);
  const auto line = [&](const char* what, double time) {
    std::printf("%-52s %10.0f us %8.2f x\n", what, time, time / base);
  };
  std::printf("%zu listeners, %zu services, %d rounds, medians\n", suite.ports.size(),
              store.snapshot()->assignments().size(), rounds);
  line("raw sock_diag dump, thrown away", base);
  line("a scan that finds everything as before", median(scan_times));
  line("a scan after one listener has come and one gone", median(changed_scan_times));
  line("a look that finds everything as before", median(quiet_times));
  line("a look after one listener has come and one gone", median(changed_times));
  line("ss -tulnp", median(ss_times));
  std::printf("conflicts open: %zu\n", store.snapshot()->open_conflicts().size());
  return 0;
}

}  // namespace
}  // namespace pm::test

int main(int argc, char** argv) {
  const auto argument = [&](int index, int otherwise) {
    return argc > index ? std::atoi(argv[index]) : otherwise;
  };
  return pm::test::run(argument(1, 2'000), argument(2, 1'000), argument(3, 200));
}
