<?php
$url = 'http://localhost:50342/oauth2/token/?api-version=1.0&resource=' . urlencode($resource);
$curl = curl_init($url);
curl_setopt($curl, CURLOPT_HTTPHEADER, ['Metadata: true']);

$form = curl_init('http://localhost:50342//oauth2/token');
curl_setopt($form, CURLOPT_POSTFIELDS, 'resource=' . urlencode($resource));
