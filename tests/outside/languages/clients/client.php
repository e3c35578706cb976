<?php
// Make a picture with PHP's curl: client.php FILE

const BASE = 'https://api.imagineview.art/api/v1';

/** Sends a request and reads the answer; after a 429 it waits as long as Retry-After says and asks again. */
function call(string $path, array $options = []): array
{
    for (;;) {
        $wait = 1;
        $curl = curl_init(BASE . $path);
        curl_setopt_array($curl, $options + [
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$wait): int {
                if (preg_match('/^retry-after:\s*(\d+)/i', $line, $found)) {
                    $wait = (int) $found[1];
                }
                return strlen($line);
            },
        ]);
        $answer = curl_exec($curl);
        if ($answer === false) {
            throw new RuntimeException(curl_error($curl));
        }
        $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        if ($status < 400) {
            return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
        }
        if ($status !== 429) {
            throw new RuntimeException("$path: $status");
        }
        sleep($wait);
    }
}

$login = call('/auth/login', [CURLOPT_POSTFIELDS => http_build_query([
    'username' => getenv('IMAGINELAB_USERNAME'),
    'password' => getenv('IMAGINELAB_PASSWORD'),
])]);
$key = "Authorization: Bearer {$login['access_token']}";

$made = call('/generations', [
    CURLOPT_HTTPHEADER => [$key, 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode([
        'generation_type' => 'image',
        'model_name' => 'seedream-5.0-lite',
        'prompt' => 'A neon city skyline at dusk',
    ]),
]);
$id = $made['id'];

while (true) {
    $status = call("/generations/$id/status", [CURLOPT_HTTPHEADER => [$key]])['status'];
    if ($status === 'completed' || $status === 'failed') {
        break;
    }
    usleep((int) (getenv('POLL_SECONDS') * 1e6));
}

$output = call("/generations/$id", [CURLOPT_HTTPHEADER => [$key]])['outputs'][0];
$file = fopen($argv[1], 'wb');
$curl = curl_init($output);
curl_setopt($curl, CURLOPT_FILE, $file);
curl_exec($curl) || throw new RuntimeException(curl_error($curl));
fclose($file);

echo json_encode(
    ['id' => $id, 'status' => $status, 'output' => $output, 'bytes' => filesize($argv[1])],
    JSON_UNESCAPED_SLASHES
), "\n";
