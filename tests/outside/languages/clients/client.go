// Make a picture with net/http: client FILE
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

const base = "https://api.imagineview.art/api/v1"

var token string

type generation struct {
	ID      int      `json:"id"`
	Status  string   `json:"status"`
	Outputs []string `json:"outputs"`
}

func main() {
	var login struct {
		Token string `json:"access_token"`
	}
	form := url.Values{
		"username": {os.Getenv("IMAGINELAB_USERNAME")},
		"password": {os.Getenv("IMAGINELAB_PASSWORD")},
	}
	call("POST", "/auth/login", "application/x-www-form-urlencoded", []byte(form.Encode()), &login)
	token = login.Token

	order, err := json.Marshal(map[string]string{
		"generation_type": "image",
		"model_name":      "seedream-5.0-lite",
		"prompt":          "A neon city skyline at dusk",
	})
	check(err)
	var made generation
	call("POST", "/generations", "application/json", order, &made)

	interval, err := time.ParseDuration(os.Getenv("POLL_SECONDS") + "s")
	check(err)
	path := fmt.Sprintf("/generations/%d", made.ID)
	for {
		call("GET", path+"/status", "", nil, &made)
		if made.Status == "completed" || made.Status == "failed" {
			break
		}
		time.Sleep(interval)
	}

	call("GET", path, "", nil, &made)
	size := download(made.Outputs[0], os.Args[1])
	check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"id": made.ID, "status": made.Status, "output": made.Outputs[0], "bytes": size,
	}))
}

// call sends a request, and sends it again after a 429 as soon as Retry-After allows it.
func call(method, path, kind string, body []byte, into any) {
	response := send(method, path, kind, body)
	for response.StatusCode == http.StatusTooManyRequests {
		response.Body.Close()
		seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
		check(err)
		time.Sleep(time.Duration(seconds) * time.Second)
		response = send(method, path, kind, body)
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 {
		log.Fatalf("%s: %s", path, response.Status)
	}
	check(json.NewDecoder(response.Body).Decode(into))
}

func send(method, path, kind string, body []byte) *http.Response {
	request, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	check(err)
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	check(err)
	return response
}

func download(link, name string) int64 {
	response, err := http.Get(link)
	check(err)
	defer response.Body.Close()
	file, err := os.Create(name)
	check(err)
	defer file.Close()
	size, err := io.Copy(file, response.Body)
	check(err)
	return size
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
