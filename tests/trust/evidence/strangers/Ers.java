// Has Bouncy Castle read an evidence record (RFC 4998): java -cp JARS Ers.java RECORD DATA MILLISECONDS
// It prints which imprint a timestamp renewal and a hash-tree renewal with SHA-512 would have; the status is 1 if the
// record does not prove the data at that time.

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;

public class Ers {
    public static void main(String[] words) throws Exception {
        DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
        ERSEvidenceRecord record;
        ERSByteData data = new ERSByteData(Files.readAllBytes(Path.of(words[1])));
        try {
            record = new ERSEvidenceRecord(Files.readAllBytes(Path.of(words[0])), digests);
            record.validatePresent(data, new Date(Long.parseLong(words[2])));
            record.validate(new JcaSimpleSignerInfoVerifierBuilder().build(record.getSigningCertificate()));
        } catch (Exception refusal) {
            System.out.println("refused: " + refusal);
            System.exit(1);
            return;
        }
        DigestCalculator anew = digests.get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha512));
        print("stamp", record.generateTimeStampRenewalRequest(new TimeStampRequestGenerator()));
        print("hash", record.generateHashRenewalRequest(anew, data, new TimeStampRequestGenerator()));
    }

    private static void print(String kind, TimeStampRequest asked) {
        System.out.println(kind + " " + HexFormat.of().formatHex(asked.getMessageImprintDigest()));
    }
}
