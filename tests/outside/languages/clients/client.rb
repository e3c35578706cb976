# Make a picture with Net::HTTP: client.rb FILE

require "json"
require "net/http"

BASE = "https://api.imagineview.art/api/v1"

# Sends a request and reads the answer; after a 429 it waits as long as Retry-After says and asks again.
def call(request)
  address = request.uri
  loop do
    answer = Net::HTTP.start(address.host, address.port, use_ssl: true) { |http| http.request(request) }
    return JSON.parse(answer.body) if answer.is_a?(Net::HTTPSuccess)
    abort "#{address}: #{answer.code}" unless answer.code == "429"
    sleep Integer(answer["Retry-After"])
  end
end

login = Net::HTTP::Post.new(URI("#{BASE}/auth/login"))
login.set_form_data(
  "username" => ENV.fetch("IMAGINELAB_USERNAME"),
  "password" => ENV.fetch("IMAGINELAB_PASSWORD")
)
key = { "Authorization" => "Bearer #{call(login)["access_token"]}" }

order = Net::HTTP::Post.new(URI("#{BASE}/generations"), key.merge("Content-Type" => "application/json"))
order.body = JSON.generate(
  generation_type: "image",
  model_name: "seedream-5.0-lite",
  prompt: "A neon city skyline at dusk"
)
id = call(order)["id"]

status = nil
until %w[completed failed].include?(status)
  sleep Float(ENV.fetch("POLL_SECONDS")) if status
  status = call(Net::HTTP::Get.new(URI("#{BASE}/generations/#{id}/status"), key))["status"]
end

output = call(Net::HTTP::Get.new(URI("#{BASE}/generations/#{id}"), key))["outputs"].first
picture = Net::HTTP.get(URI(output))
bytes = File.binwrite(ARGV[0], picture)
puts JSON.generate(id: id, status: status, output: output, bytes: bytes)
