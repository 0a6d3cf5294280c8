// Runs a formula on the service and follows it to its end; .NET 8 and its own library are enough.
//
//     dotnet run -- 127.0.0.1 27700 /data time_series.parquet work.ts
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

if (args.Length != 5)
{
    Console.Error.WriteLine("arguments: host port directory base formula");
    return 2;
}
try
{
    using var client = new Client(args[0], int.Parse(args[1]));
    string id = client.Submit(directory: args[2], @base: args[3], formula: args[4]);
    foreach (JsonNode job in client.Watch(id))
        Console.Error.WriteLine($"{job["State"]} {job["RowsDone"]} {job["RowsTotal"]}");
    Console.WriteLine(client.Result(id)["Discription"]!.ToJsonString());
    return 0;
}
catch (Exception error) when (error is ServiceException or IOException or SocketException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

/// <summary>The service replied with an error; Code is one of the protocol's words.</summary>
class ServiceException(string code, string message) : Exception($"{code}: {message}")
{
    public string Code => code;
}

/// <summary>One connection that stays open: requests go one after another.</summary>
class Client : IDisposable
{
    static readonly string[] Ends = ["complete", "failed", "cancelled"];
    readonly TcpClient connection;
    readonly NetworkStream stream;
    readonly StreamReader lines;

    public Client(string host, int port)
    {
        connection = new TcpClient(host, port);
        stream = connection.GetStream();
        lines = new StreamReader(stream, Encoding.UTF8);
    }

    /// <summary>Under a key of its own a job can be submitted again without fear when no reply came.</summary>
    public string Submit(string directory, string @base, string formula, string? key = null) =>
        Ask("Job", new JsonObject
        {
            ["Action"] = "Submit",
            ["Directory"] = directory,
            ["Base"] = @base,
            ["File"] = formula,
            ["Key"] = key ?? Guid.NewGuid().ToString(),
        })["Job"]!["Id"]!.GetValue<string>();

    /// <summary>The job now, and after every change until it has ended.</summary>
    public IEnumerable<JsonNode> Watch(string id)
    {
        Send("Job", new JsonObject { ["Action"] = "Watch", ["Id"] = id });
        JsonNode job;
        do
        {
            job = Receive()["Job"]!;
            yield return job;
        } while (!Ends.Contains(job["State"]!.GetValue<string>()));
    }

    public JsonNode Result(string id) =>
        Ask("Job", new JsonObject { ["Action"] = "Result", ["Id"] = id });

    public JsonNode Ask(string header, JsonNode request)
    {
        Send(header, request);
        return Receive();
    }

    public void Dispose()
    {
        lines.Dispose();
        connection.Dispose();
    }

    void Send(string header, JsonNode request)
    {
        var message = new JsonObject
        {
            ["Header"] = header,
            ["Request"] = request,
            ["Connection"] = "keep-alive",
        };
        stream.Write(JsonSerializer.SerializeToUtf8Bytes(message));
    }

    JsonNode Receive()
    {
        string line = lines.ReadLine() ?? throw new IOException("the service closed the connection");
        JsonNode response = JsonNode.Parse(line)!["Response"]!;
        if (response["Status"]!.GetValue<string>() != "error") return response;
        JsonNode error = response["Error"]!;
        throw new ServiceException(error["Code"]!.GetValue<string>(), error["Message"]!.GetValue<string>());
    }
}
