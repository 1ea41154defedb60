package dev.lockstep.storage.blob;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;

/// How a store is spoken to: as every S3-compatible one understands, and only as our settings say.
final class S3Clients {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final int ATTEMPTS = 3;

    private S3Clients() {}

    static S3Client of(S3Config config) {
        // No file in somebody's home decides where bytes go.
        ProfileFile nothing = ProfileFile.aggregator().build();
        return S3Client.builder()
                .endpointOverride(config.endpoint())
                .region(Region.of(config.region()))
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create(
                                        config.accessKey().reveal(), config.secretKey().reveal())))
                .httpClientBuilder(
                        UrlConnectionHttpClient.builder()
                                .connectionTimeout(CONNECT)
                                .socketTimeout(config.timeout()))
                .overrideConfiguration(all ->
                        all.defaultProfileFile(nothing)
                                .apiCallTimeout(config.timeout().multipliedBy(2))
                                .apiCallAttemptTimeout(config.timeout())
                                .retryStrategy(
                                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                                .maxAttempts(ATTEMPTS)
                                                .build()))
                // Other checksums, and bodies in signed chunks, are Amazon's alone.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .addPlugin(LegacyMd5Plugin.create())
                .serviceConfiguration(s3 ->
                        s3.pathStyleAccessEnabled(config.style() == S3Config.Style.PATH)
                                .chunkedEncodingEnabled(false)
                                .expectContinueEnabled(false))
                .build();
    }
}
