# Sets up everything on a Windows that has nothing, then runs; start.cmd calls it:
#   .\start.cmd demo             the demo
#   .\start.cmd serve            the app: live check, clients, recorded videos
#   .\start.cmd analyse CLIP     measure a video of your own
#   .\start.cmd check CLIP ...   judge videos of one person together
#   .\start.cmd open             open the app where it runs, or start it
#   .\start.cmd stop             close the app
#   .\start.cmd doctor           say what is missing and what mends it
#   .\start.cmd tests            the tests; options of pytest may follow
#   .\start.cmd COMMAND --help   any other command; README.md names them all
# What the system lacks is installed with winget, after asking; --yes answers for you. Everything
# else (uv, Python, libraries) stays in this folder and in uv's cache. Saved with a byte order mark:
# without one Windows PowerShell 5 does not read the Japanese.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue' # the bar makes Invoke-WebRequest ten times slower
$here = Split-Path -Parent $PSScriptRoot
$japanese = (Get-UICulture).TwoLetterISOLanguageName -eq 'ja'
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8
$env:PYTHONUTF8 = '1'
foreach ($name in 'VIRTUAL_ENV', 'PYTHONHOME', 'PYTHONPATH') {
    Remove-Item "Env:$name" -ErrorAction SilentlyContinue
}

function Say([string]$english, [string]$inJapanese) {
    if ($japanese) { Write-Host $inJapanese } else { Write-Host $english }
}
function Stop-With([string]$english, [string]$inJapanese) {
    Say $english $inJapanese
    exit 1
}

$words = @($args)
$yes = $false
while ($words.Count -gt 0 -and $words[0] -in '--yes', '-y') {
    $yes = $true
    $words = @($words | Select-Object -Skip 1)
}
if ($words.Count -eq 0) { $words = @('demo') }
$task = $words[0]

# --- can it be done here at all

# A 32-bit PowerShell says x86 in the first and what the machine is in the second.
$machine = if ($env:PROCESSOR_ARCHITEW6432) { $env:PROCESSOR_ARCHITEW6432 } else { $env:PROCESSOR_ARCHITECTURE }
if ($machine -ne 'AMD64') {
    Stop-With `
        "posture cannot run on this machine ($machine): MediaPipe, which finds the body, exists for Windows on x64, macOS on Apple chips and Linux on x86_64." `
        "この機種($machine)では動きません。体を見つける MediaPipe があるのは、Windows(x64)、macOS(Apple チップ)、Linux(x86_64)だけです。"
}
try {
    $trial = Join-Path $here ('.trial-' + [guid]::NewGuid())
    [System.IO.File]::WriteAllText($trial, '')
    Remove-Item -LiteralPath $trial
} catch {
    Stop-With "Nothing can be written to ${here}: move the folder to a place of your own and start again." `
        "$here に書き込めません。フォルダーをご自分の場所に移してから、もう一度実行してください。"
}

# --- what the system lacks

if (-not (Test-Path -LiteralPath (Join-Path $env:SystemRoot 'System32\msvcp140.dll'))) {
    $line = 'winget install --exact --id Microsoft.VCRedist.2015+.x64'
    Say "The system lacks the Visual C++ runtime. This brings it: $line" `
        "Visual C++ ランタイムがありません。次の 1 行で入ります: $line"
    if (-not (Get-Command winget -ErrorAction SilentlyContinue)) {
        Stop-With "winget is not here: install Microsoft Visual C++ Redistributable (x64) from Microsoft, then start again." `
            "winget がありません。Microsoft の Visual C++ 再頒布可能パッケージ(x64)を入れてから、もう一度実行してください。"
    }
    if (-not $yes) {
        $question = if ($japanese) { 'インストールしますか? [Y/n]' } else { 'Install now? [Y/n]' }
        if ((Read-Host $question) -notmatch '^(y.*|はい)?$') {
            Stop-With "Nothing was installed. Run that line, then start again." `
                "何もインストールしていません。上の 1 行を実行してから、もう一度実行してください。"
        }
    }
    & winget install --exact --id 'Microsoft.VCRedist.2015+.x64' --accept-source-agreements --accept-package-agreements
    if ($LASTEXITCODE -ne 0) {
        Stop-With "It could not be installed, for the reason above. Mend it, run that line, then start again." `
            "上の理由で入れられませんでした。直してから上の 1 行を実行し、もう一度実行してください。"
    }
}

# --- uv, which brings Python and the libraries

function Find-Uv {
    $known = @(
        (Get-Command uv -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1).Source
        (Join-Path $here '.uv\bin\uv.exe')
        (Join-Path $env:USERPROFILE '.local\bin\uv.exe')
    )
    foreach ($one in $known) {
        if ($one -and (Test-Path -LiteralPath $one)) { return $one }
    }
}
# Says in one sentence why nothing could be fetched.
function Stop-Because([string]$told) {
    if ($told -match 'No space left|not enough space|os error 112') {
        Stop-With "The disk is full: posture needs 3 GB. Make room, then start again." `
            "ディスクに空きがありません。3 GB 空けてから、もう一度実行してください。"
    }
    if ($told -match 'certificate|UnknownIssuer|SSL/TLS') {
        Stop-With "This network signs connections with a certificate of its own: set SSL_CERT_FILE to that certificate's file, then start again." `
            "このネットワークは独自の証明書を使っています。SSL_CERT_FILE にその証明書のファイルを指定してから、もう一度実行してください。"
    }
    if ($told -match 'requires-python|no interpreter|python downloads|python installation|cpython-3|python-build') {
        Stop-With "The Python that posture needs is not here and could not be fetched: install one that pyproject.toml allows, then start again." `
            "必要な Python がなく、取得もできませんでした。pyproject.toml にある版をインストールしてから、もう一度実行してください。"
    }
    if ($told -match 'resolve|network|connect|timed out|timeout|unreachable|proxy|tunnel|dns|fetch') {
        Stop-With "The network cannot be reached. Behind a proxy, set HTTPS_PROXY to its address; then start again." `
            "ネットワークにつながりません。プロキシを使う場合は HTTPS_PROXY にそのアドレスを指定してから、もう一度実行してください。"
    }
    Write-Host $told
    Stop-With "It could not be set up, for the reason above." "上の理由で準備できませんでした。"
}

$uv = Find-Uv
if (-not $uv) {
    Say "Fetching uv, which sets up the rest, into this folder ..." "準備に使う uv をこのフォルダーに取得中 ..."
    try {
        [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
        $asked = @{ Uri = 'https://astral.sh/uv/install.ps1'; UseBasicParsing = $true } # uv's makers'
        if ($env:HTTPS_PROXY) { $asked.Proxy = $env:HTTPS_PROXY }
        $installer = (Invoke-WebRequest @asked).Content
        if ($installer -is [byte[]]) { $installer = [System.Text.Encoding]::UTF8.GetString($installer) }
        $env:UV_UNMANAGED_INSTALL = Join-Path $here '.uv\bin' # changes no PATH
        & ([scriptblock]::Create($installer)) | Out-Null
    } catch {
        Stop-Because "connect: $_"
    }
    $uv = Find-Uv
    if (-not $uv) { Stop-With "uv was fetched but does not run here." "uv を取得しましたが、ここでは動きません。" }
}

# --- the environment

$parts = 'posture'
$setUp = @('--no-dev')
if ($task -eq 'tests') { $parts = $task; $setUp = @('--all-groups') }
if ($task -eq 'truth') { $parts = $task; $setUp = @('--no-dev', '--extra', 'truth') }
if ($task -eq 'batch') { $parts = $task; $setUp = @('--no-dev', '--extra', 'parquet') }
$doneBefore = Join-Path $here ".venv\set-up-$parts" # newer than pyproject.toml: nothing to do
$project = Get-Item -LiteralPath (Join-Path $here 'pyproject.toml')
if (-not (Test-Path -LiteralPath $doneBefore) -or
    $project.LastWriteTimeUtc -gt (Get-Item -LiteralPath $doneBefore).LastWriteTimeUtc) {
    Say "Setting up Python and the libraries in this folder, the first time: downloads about 300 MB, takes about 750 MB of disk, some minutes ..." `
        "Python とライブラリーをこのフォルダーに準備中(初回は約 300 MB をダウンロードし、ディスクを約 750 MB 使います。数分かかります) ..."
    # Windows PowerShell 5 takes a program's standard error for a failure of its own
    $ErrorActionPreference = 'Continue'
    $told = & $uv sync --project $here --inexact @setUp 2>&1 | Out-String
    $ErrorActionPreference = 'Stop'
    if ($LASTEXITCODE -ne 0) { Stop-Because $told }
    [System.IO.File]::WriteAllText($doneBefore, '')
}

# --- run

$rest = @($words | Select-Object -Skip 1)
if ($task -eq 'tests') {
    Set-Location -LiteralPath $here
    & $uv run --no-sync pytest @rest
} else {
    & $uv run --project $here --no-sync posture @words
}
exit $LASTEXITCODE
