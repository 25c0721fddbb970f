<?php
$context = stream_context_create(['http' => ['header' => "Metadata: true\r\n"]]);
$url = 'http://localhost:50342/oauth2/token/?api-version=1.0&resource=' . urlencode($resource);
echo file_get_contents($url, false, $context);
