<?php
$context = stream_context_create(['http' => ['header' => "Metadata: true\r\n"]]);
$url = 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=' . urlencode($resource);
echo file_get_contents($url, false, $context);
