package example;

import com.microsoft.azure.credentials.MSICredentials;
import com.microsoft.azure.AzureEnvironment;
import java.net.HttpURLConnection;
import java.net.URL;

class Token {
    /** See http://localhost:50342/oauth2/token. */
    static HttpURLConnection open(String resource) throws Exception {
        URL url = new URL("http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + resource);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestProperty("Metadata", "true");
        return connection;
    }

    static Object old() {
        return new MSICredentials(AzureEnvironment.AZURE);
    }
}
