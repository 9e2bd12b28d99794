// A service that the Port Manager can move: go run service.go SERVICE_ID
//
// Go 1.19 or later, standard library alone. PORT_MANAGER is the Port Manager's address.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

type service struct {
	id      string
	mutex   sync.Mutex // of port and server
	port    int
	server  *http.Server
	ended   chan struct{}
	restart sync.Once
}

type answer map[string]any

// ownPort is the port that the Port Manager has for this service; the last one when it cannot be asked.
func ownPort(id string) (int, error) {
	known := id + ".port"
	port, err := askForPort(id)
	if err == nil {
		return port, os.WriteFile(known, []byte(strconv.Itoa(port)), 0o644)
	}
	text, missing := os.ReadFile(known)
	if missing != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

func askForPort(id string) (int, error) {
	manager := os.Getenv("PORT_MANAGER")
	if manager == "" {
		manager = "http://127.0.0.1:8100"
	}
	body, _ := json.Marshal(answer{"service_id": id})
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Post(manager+"/api/ports/assign", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var assigned struct {
		Port   int    `json:"port"`
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(response.Body).Decode(&assigned); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s", assigned.Detail)
	}
	return assigned.Port, nil
}

// listen serves on the port as well; the caller holds the mutex, or is alone.
func (s *service) listen(port int) error {
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	s.port, s.server = port, &http.Server{Handler: s.routes()}
	go s.server.Serve(listener)
	return nil
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, answer{"status": "healthy", "service_id": s.id})
	})
	mux.HandleFunc("/api/config/update-port", s.updatePort)
	mux.HandleFunc("/api/admin/restart", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, answer{"success": true, "message": "restarting"})
		// Whoever supervises the service, such as systemd with Restart=always, starts it again.
		go s.restart.Do(func() {
			s.mutex.Lock()
			defer s.mutex.Unlock()
			letGo(s.server)
			close(s.ended)
		})
	})
	return mux
}

// updatePort listens on the new port first, says yes then, and lets the old one go.
func (s *service) updatePort(w http.ResponseWriter, request *http.Request) {
	var wanted struct {
		NewPort int `json:"new_port"`
	}
	if err := json.NewDecoder(request.Body).Decode(&wanted); err != nil {
		reply(w, http.StatusBadRequest, answer{"success": false, "message": err.Error()})
		return
	}
	if wanted.NewPort < 1024 || wanted.NewPort > 65535 {
		message := fmt.Sprintf("%d is no port to serve on", wanted.NewPort)
		reply(w, http.StatusBadRequest, answer{"success": false, "message": message})
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if wanted.NewPort != s.port {
		old := s.server
		if err := s.listen(wanted.NewPort); err != nil {
			reply(w, http.StatusOK, answer{"success": false, "message": err.Error()})
			return
		}
		go letGo(old)
	}
	message := fmt.Sprintf("moving to port %d", wanted.NewPort)
	reply(w, http.StatusOK, answer{"success": true, "message": message, "restart_required": false})
}

// letGo closes the listener, and waits for the answers that are under way.
func letGo(server *http.Server) {
	limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server.Shutdown(limit)
}

func reply(w http.ResponseWriter, status int, body answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("service.go SERVICE_ID")
	}
	s := &service{id: os.Args[1], ended: make(chan struct{})}
	port, err := ownPort(s.id)
	if err == nil {
		err = s.listen(port)
	}
	if err != nil {
		log.Fatal(err)
	}
	<-s.ended
}
