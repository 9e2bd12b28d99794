// A service that the Port Manager can move: service SERVICE_ID
//
//   apt-get install libcpp-httplib-dev nlohmann-json3-dev
//   g++ -std=c++17 -pthread service.cpp -lcpp-httplib -o service
//
// PORT_MANAGER is the Port Manager's address.
#include <httplib.h>

#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

using nlohmann::json;

/// The port that the Port Manager has for this service; the last one when it cannot be asked.
int own_port(const std::string& service_id) {
  const auto known = service_id + ".port";
  const char* manager = std::getenv("PORT_MANAGER");
  httplib::Client client(manager ? manager : "http://127.0.0.1:8100");
  const auto body = json{{"service_id", service_id}}.dump();
  const auto answer = client.Post("/api/ports/assign", body, "application/json");
  int port = 0;
  if (answer && answer->status == 200) {
    port = json::parse(answer->body).at("port");
    std::ofstream(known) << port;
  } else {
    std::ifstream(known) >> port;
  }
  return port;
}

class Service {
 public:
  explicit Service(std::string service_id) : service_id_(std::move(service_id)) {}

  /// Serves on this port from now on. False: it cannot be had, and nothing has changed.
  bool listen(int port) {
    auto server = std::make_shared<httplib::Server>();
    add_routes(*server);
    // Without SO_REUSEPORT, which the library would set: a port that somebody has is not shared.
    server->set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    if (!server->bind_to_port("127.0.0.1", port)) return false;
    threads_.emplace_back([server] { server->listen_after_bind(); });
    if (server_) server_->stop();  // lets the old port go; answers under way are finished
    server_ = server;
    port_ = port;
    return true;
  }

  void wait() {
    restart_.get_future().wait();
    server_->stop();
    for (auto& thread : threads_) thread.join();
  }

 private:
  static void reply(httplib::Response& response, int status, const json& body) {
    response.status = status;
    response.set_content(body.dump(), "application/json");
  }

  void add_routes(httplib::Server& server) {
    server.Get("/health", [this](const httplib::Request&, httplib::Response& response) {
      reply(response, 200, {{"status", "healthy"}, {"service_id", service_id_}});
    });
    server.Post("/api/config/update-port",
                [this](const httplib::Request& request, httplib::Response& response) {
                  update_port(request, response);
                });
    server.Post("/api/admin/restart", [this](const httplib::Request&, httplib::Response& response) {
      reply(response, 200, {{"success", true}, {"message", "restarting"}});
      // Whoever supervises the service, such as systemd with Restart=always, starts it again.
      std::call_once(restarts_, [this] { restart_.set_value(); });
    });
  }

  /// Listens on the new port first, says yes then, and lets the old one go.
  void update_port(const httplib::Request& request, httplib::Response& response) {
    const auto body = json::parse(request.body, nullptr, false);
    const auto wanted = body.is_object() ? body.value("new_port", json()) : json();
    if (!wanted.is_number_integer() || wanted < 1024 || wanted > 65535) {
      return reply(response, 400,
                   {{"success", false}, {"message", "new_port is no port to serve on"}});
    }
    const int port = wanted;
    const std::lock_guard lock(mutex_);
    if (port != port_ && !listen(port)) {
      return reply(response, 200,
                   {{"success", false}, {"message", "the port cannot be listened on"}});
    }
    reply(response, 200,
          {{"success", true},
           {"message", "moving to port " + std::to_string(port)},
           {"restart_required", false}});
  }

  const std::string service_id_;
  std::mutex mutex_;
  int port_{0};
  std::shared_ptr<httplib::Server> server_;
  std::vector<std::thread> threads_;
  std::once_flag restarts_;
  std::promise<void> restart_;
};

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "service SERVICE_ID\n";
    return 2;
  }
  Service service(argv[1]);
  const int port = own_port(argv[1]);
  if (port == 0 || !service.listen(port)) {
    std::cerr << "no port to serve on\n";
    return 1;
  }
  service.wait();
}
