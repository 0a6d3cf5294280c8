// Runs a formula on the service and follows it to its end. .NET Framework 4.5, Mono and .NET 8 have all it needs.
//
//     Client HOST PORT DIRECTORY BASE FORMULA [PARAMS]
//     Client 127.0.0.1 27700 /data time_series.parquet work.ts "{\"gain\":2}"
//
// Mono compiles it by      mcs -r:System.Runtime.Serialization -r:System.Xml.Linq Client.cs
// .NET Framework by        csc /r:System.Runtime.Serialization.dll /r:System.Xml.Linq.dll Client.cs
// .NET 8 by                dotnet new console, with this file in place of Program.cs
//
// The environment has the rest: MEASURING_TOKEN, which the service asks for; TLS_CA, a file of a certificate (PEM) that
// the service's is checked by, or TLS=1 for those that the machine trusts; JOB_SECONDS, which the job may run;
// REPLY_SECONDS, which the service may be silent (60).
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Serialization.Json;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml;
using System.Xml.Linq;

static class Program
{
    static int Main(string[] args)
    {
        if (args.Length < 5 || args.Length > 6)
        {
            Console.Error.WriteLine("arguments: HOST PORT DIRECTORY BASE FORMULA [PARAMS]");
            return 2;
        }
        try
        {
            var client = new Client(args[0], int.Parse(args[1], CultureInfo.InvariantCulture))
            {
                Token = Variable("MEASURING_TOKEN"),
                Tls = Variable("TLS") != null || Variable("TLS_CA") != null,
                Authority = Variable("TLS_CA"),
                ReplySeconds = double.Parse(Variable("REPLY_SECONDS") ?? "60", CultureInfo.InvariantCulture),
            };
            string id = client.Submit(args[2], args[3], args[4], args.Length > 5 ? args[5] : null, Variable("JOB_SECONDS"));
            foreach (Reply reply in client.Watch(id)) Console.Error.WriteLine(reply.Line);
            Console.WriteLine(client.Result(id).Line);
            return 0;
        }
        catch (Exception error) when (error is ServiceException || error is IOException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    static string Variable(string name)
    {
        string value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(value) ? null : value;
    }
}

/// <summary>The service replied with an error. Code is one of the protocol's, Where a place in the formula, if any.</summary>
class ServiceException : Exception
{
    public readonly string Code;
    public readonly string Where;

    public ServiceException(string code, string where, string message)
        : base(where == null ? $"{code}: {message}" : $"{code} ({where}): {message}")
    {
        Code = code;
        Where = where;
    }
}

/// <summary>A line that the service sent, and what it says.</summary>
class Reply
{
    public readonly string Line;
    /// <summary>Its Response: members are elements of their names, and elements of a list are called item.</summary>
    public readonly XElement Response;

    /// <exception cref="ServiceException">It tells of an error.</exception>
    public Reply(string line)
    {
        Line = line;
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        using (var reader = JsonReaderWriterFactory.CreateJsonReader(bytes, XmlDictionaryReaderQuotas.Max))
            Response = XElement.Load(reader).Element("Response");
        if (Text("Status") != "error") return;
        XElement error = Response.Element("Error");
        throw new ServiceException((string)error.Element("Code"), (string)error.Element("Where"), (string)error.Element("Message"));
    }

    /// <summary>A member of Response, or of an object in it; null where it is not there.</summary>
    public string Text(params string[] path) =>
        (string)path.Aggregate(Response, (element, name) => element?.Element(name));
}

/// <summary>Each request has a connection of its own, which the service ends after its replies.</summary>
class Client
{
    static readonly string[] Ends = { "complete", "failed", "cancelled" };
    readonly string host;
    readonly int port;

    public string Token;
    public bool Tls;
    /// <summary>A file of the certificate that the service's is checked by; null for those that the machine trusts.</summary>
    public string Authority;
    public double ReplySeconds = 60;

    public Client(string host, int port)
    {
        this.host = host;
        this.port = port;
    }

    /// <summary>Submits a job; gives its id. Under the same key it can be submitted again when no reply came.</summary>
    /// <param name="parameters">JSON, or null.</param>
    /// <param name="seconds">That the job may run, or null.</param>
    public string Submit(string directory, string @base, string formula, string parameters = null, string seconds = null, string key = null)
    {
        string job = $"\"Directory\":{Quoted(directory)},\"Base\":{Quoted(@base)},\"File\":{Quoted(formula)}";
        job += $",\"Params\":{parameters ?? "null"},\"Key\":{Quoted(key ?? Guid.NewGuid().ToString())}";
        if (seconds != null) job += $",\"TimeoutSeconds\":{seconds}";
        return Ask("Submit", job).Single().Text("Job", "Id");
    }

    /// <summary>The job now, and after every change until it has ended.</summary>
    public IEnumerable<Reply> Watch(string id)
    {
        string state = null;
        foreach (Reply reply in Ask("Watch", "\"Id\":" + Quoted(id)))
        {
            state = reply.Text("Job", "State");
            yield return reply;
        }
        if (!Ends.Contains(state)) throw new IOException($"{host}:{port} closed the connection before the job had ended");
    }

    public Reply Result(string id) => Ask("Result", "\"Id\":" + Quoted(id)).Single();

    /// <summary>Sends a request of the Header Job; gives the replies until the service ends the connection.</summary>
    public IEnumerable<Reply> Ask(string action, string members)
    {
        string token = Token == null ? "" : $"\"Token\":{Quoted(Token)},";
        string text = $"{{{token}\"Header\":\"Job\",\"Request\":{{\"Action\":\"{action}\",{members}}}}}\n";
        byte[] request = new UTF8Encoding(false).GetBytes(text);
        using (TcpClient connection = Connect())
        using (Stream stream = Secured(connection))
        using (var lines = new StreamReader(stream, new UTF8Encoding(false)))
        {
            string line = Exchange(() =>
            {
                stream.Write(request, 0, request.Length);
                return lines.ReadLine();
            });
            if (line == null) throw new IOException($"{Silence}: {Hint}");
            for (; line != null; line = Exchange(lines.ReadLine)) yield return Read(line);
        }
    }

    Reply Read(string line)
    {
        try
        {
            return new Reply(line);
        }
        catch (XmlException)
        {
            throw new IOException($"what {host}:{port} replied is not JSON: {Hint}");
        }
    }

    string Silence => $"{host}:{port} closed the connection without a reply";

    string Hint => Tls
        ? "its certificate is trusted if TLS_CA names it"
        : "if it speaks TLS, name its certificate by TLS_CA, or set TLS=1";

    TcpClient Connect()
    {
        try
        {
            var connection = new TcpClient(host, port);
            connection.ReceiveTimeout = connection.SendTimeout = (int)Math.Ceiling(1000 * ReplySeconds);
            return connection;
        }
        catch (SocketException)
        {
            throw new IOException($"no service answers on {host}:{port}");
        }
    }

    /// <summary>What is read and written; failures are said in words.</summary>
    T Exchange<T>(Func<T> exchange)
    {
        try
        {
            return exchange();
        }
        catch (IOException error)
        {
            var reason = (error.InnerException as SocketException)?.SocketErrorCode;
            bool silent = reason == SocketError.TimedOut || reason == SocketError.WouldBlock;
            throw new IOException(silent ? $"{host}:{port} is silent" : $"{Silence}: {Hint}");
        }
    }

    Stream Secured(TcpClient connection)
    {
        if (!Tls) return connection.GetStream();
        var stream = new SslStream(connection.GetStream(), false, IsTrusted);
        try
        {
            stream.AuthenticateAsClient(host);
            return stream;
        }
        // Mono can't check certificates with keys of elliptic curves, but for the one in the file.
        catch (Exception error) when (error is AuthenticationException || error is IOException || error is NotSupportedException)
        {
            throw new IOException($"{host}:{port} is not trusted: {Hint}");
        }
    }

    bool IsTrusted(object _, X509Certificate certificate, X509Chain chain, SslPolicyErrors errors)
    {
        if (Authority == null) return errors == SslPolicyErrors.None;
        var authority = new X509Certificate2(Authority);
        if (certificate.GetRawCertData().SequenceEqual(authority.RawData)) return true;
        if ((errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
        var own = new X509Chain();
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        own.ChainPolicy.ExtraStore.Add(authority);
        // The chain must be whole and end in the certificate of the file; that nobody else vouches for it is all right.
        return own.Build(new X509Certificate2(certificate)) &&
            own.ChainElements.Cast<X509ChainElement>().Last().Certificate.RawData.SequenceEqual(authority.RawData);
    }

    /// <summary>A text as JSON.</summary>
    static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            if (c == '"' || c == '\\') quoted.Append('\\').Append(c);
            else if (c < ' ') quoted.AppendFormat(CultureInfo.InvariantCulture, "\\u{0:x4}", (int)c);
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
