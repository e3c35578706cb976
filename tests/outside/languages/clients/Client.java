// Make a picture with the HTTP client that Java comes with: java Client.java FILE

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
    private static final String BASE =
        System.getenv().getOrDefault("IMAGINELAB_BASE_URL", "https://api.imagineview.art/api/v1");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    public static void main(String[] arguments) throws Exception {
        String login = "username=" + encoded("IMAGINELAB_USERNAME") + "&password=" + encoded("IMAGINELAB_PASSWORD");
        String token = value("access_token", call(to("/auth/login")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(login))));
        String key = "Bearer " + token;

        String id = value("id", call(to("/generations")
            .header("Authorization", key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("""
                {
                  "generation_type": "image",
                  "model_name": "seedream-5.0-lite",
                  "prompt": "A neon city skyline at dusk"
                }"""))));

        String status = value("status", call(to("/generations/" + id + "/status").header("Authorization", key)));
        while (!status.equals("completed") && !status.equals("failed")) {
            pause(System.getenv("POLL_SECONDS"));
            status = value("status", call(to("/generations/" + id + "/status").header("Authorization", key)));
        }

        String output = value("outputs", call(to("/generations/" + id).header("Authorization", key)));
        Path file = Path.of(arguments[0]);
        HTTP.send(HttpRequest.newBuilder(URI.create(output)).build(), BodyHandlers.ofFile(file));
        System.out.printf("{\"id\": %s, \"status\": \"%s\", \"output\": \"%s\", \"bytes\": %d}%n",
            id, status, output, Files.size(file));
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create(BASE + path));
    }

    private static String call(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> answer = HTTP.send(request.build(), BodyHandlers.ofString());
        while (answer.statusCode() == 429) {
            pause(answer.headers().firstValue("Retry-After").orElse("1"));
            answer = HTTP.send(request.build(), BodyHandlers.ofString());
        }
        if (answer.statusCode() >= 400) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    private static void pause(String seconds) throws InterruptedException {
        Thread.sleep((long) (Double.parseDouble(seconds) * 1000));
    }

    private static String encoded(String variable) {
        return URLEncoder.encode(System.getenv(variable), StandardCharsets.UTF_8);
    }

    /** The value of a key in JSON text: a number, a text, or the first text of a list. */
    private static String value(String key, String json) {
        Matcher found = Pattern.compile("\"" + key + "\"\\s*:\\s*\\[?\"?([^\",}\\]]+)").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + key + " in " + json);
        }
        return found.group(1);
    }
}
